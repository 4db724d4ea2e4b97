import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apiVersionMax, apiVersionRead } from '../../../src/docker-api/versions.ts';
import { BerthError } from '../../../src/domain/errors.ts';
import { apiVersionAtLeast } from '../../../src/policy/api-version.ts';

describe('the API version of a request', () => {
  it('is the newest when none is written', () => {
    expect(apiVersionRead(null)).toBe(apiVersionMax);
  });

  it('is the one that is written', () => {
    expect(['1.24', '1.41', '1.47', '1.41.0'].map(apiVersionRead)).toEqual(['1.24', '1.41', '1.47', '1.41.0']);
  });

  it.each([
    ['1.10', 'client version 1.10 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version'],
    ['0.9', 'client version 0.9 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version'],
    ['1.48', 'client version 1.48 is too new. Maximum supported API version is 1.47'],
    ['2', 'client version 2 is too new. Maximum supported API version is 1.47'],
  ])('%s is refused in the words of the daemon', (text, message) => {
    expect(() => apiVersionRead(text)).toThrow(new BerthError('malformed', message));
  });

  it.each(['', 'x', '1.x', '1.41/..', '-1.41', '1..41', '1e9'])('%j is no version', (text) => {
    expect(() => apiVersionRead(text)).toThrow(BerthError);
  });

  it('compares by numbers', () => {
    const minor = fc.integer({ min: 0, max: 200 });
    fc.assert(fc.property(minor, minor, (a, b) => apiVersionAtLeast(`1.${a}`, `1.${b}`) === a >= b));
  });
});
