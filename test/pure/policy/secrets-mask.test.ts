import { describe, expect, it } from 'vitest';
import { secretsMask } from '../../../src/policy/secrets-mask.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const given = {
  env: [{ name: 'PASSWORD', value: 'correct horse' }],
  directories: [
    { path: '/run/secrets', files: [{ name: 'key', mode: 0o400, value: bytes('-----BEGIN-----\nMIIEvQIBADANBg\n-----END-----\n') }] },
  ],
};

describe('what a program printed of its secrets', () => {
  it('is masked, whole and line by line, wherever it stands', () => {
    expect(secretsMask('login with correct horse failed', given)).toBe('login with [secret] failed');
    expect(secretsMask('key is MIIEvQIBADANBg!', given)).toBe('key is [secret]!');
  });

  it('leaves the rest as it was', () => {
    expect(secretsMask('cannot reach the moon', given)).toBe('cannot reach the moon');
    expect(secretsMask('cannot reach the moon', { env: [{ name: 'EMPTY', value: '' }], directories: [] })).toBe('cannot reach the moon');
  });
});
