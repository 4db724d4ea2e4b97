import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonRead } from '../../../src/policy/json.ts';
import { bytes, failure } from './requests.ts';

const read = (text: string) => jsonRead(bytes(text));
const code = (text: string) => failure(() => read(text))?.code;

describe('jsonRead', () => {
  describe('happy', () => {
    it('reads what JSON.parse reads, spacing and escapes included', () => {
      const values = fc.jsonValue({ maxDepth: 6, noUnicodeString: false }).filter(isExact);
      const document = fc.tuple(values, fc.constantFrom(undefined, 1, '\t', ' \n'));
      fc.assert(
        fc.property(document, ([value, indent]) => {
          const text = JSON.stringify(value, null, indent);
          expect(plain(read(text))).toEqual(JSON.parse(text));
        }),
        { numRuns: 3000 },
      );
    });

    it('reads escaped strings and numbers as JSON.parse does', () => {
      for (const text of [
        '"\\u0041\\n\\/\\\\\\"\\ud83d\\ude00é"',
        '-0',
        '0.5',
        '1e3',
        '-1.25E-2',
        '9007199254740991',
        '[]',
        '{}',
        ' true ',
        '[null,false]',
      ]) {
        expect(read(text)).toEqual(JSON.parse(text));
      }
    });

    it('keeps keys that differ only by case apart, since labels and paths may', () => {
      expect(read('{"/Data":1,"/data":2}')).toEqual({ '/Data': 1, '/data': 2 });
    });
  });

  describe('error', () => {
    it('refuses every document that JSON.parse refuses', () => {
      const mutated = fc.tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', '\\', 'e', '-', '0', '.', '\n', 'x'),
      );
      fc.assert(
        fc.property(mutated, ([json, at, inserted]) => {
          const place = at % (json.length + 1);
          const text = json.slice(0, place) + inserted + json.slice(inserted === '' ? place + 1 : place);
          if (!parses(text)) expect(code(text)).toBe('malformed');
        }),
        { numRuns: 5000 },
      );
    });

    it.each([
      '',
      ' ',
      '01',
      '1.',
      '.5',
      '+1',
      '1e',
      '-',
      'nul',
      'True',
      "'a'",
      '[1,]',
      '{"a":1,}',
      '{a:1}',
      '"\\x41"',
      '"\\u12g4"',
      '"a\nb"',
      '"open',
      '[1 2]',
      '{"a" 1}',
      'NaN',
    ])('refuses %j', (text) => {
      expect(code(text)).toBe('malformed');
    });
  });

  describe('security', () => {
    it('refuses a body above the limit as too large, and never skips it', () => {
      expect(failure(() => jsonRead(new Uint8Array(4 * 1024 * 1024 + 1)))?.code).toBe('too_large');
      expect(failure(() => jsonRead(bytes('[1,2,3]'), { maxBytes: 6, maxDepth: 9 }))?.code).toBe('too_large');
    });

    it('refuses nesting beyond the limit, and accepts the limit itself', () => {
      expect(code('['.repeat(64) + ']'.repeat(64))).toBeUndefined();
      expect(code('['.repeat(65) + ']'.repeat(65))).toBe('malformed');
      expect(code(`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`)).toBe('malformed');
      expect(code('['.repeat(200_000))).toBe('malformed');
    });

    it('refuses a key that occurs twice, in whatever escapes it is written', () => {
      expect(code('{"HostConfig":{"Privileged":true},"HostConfig":{}}')).toBe('malformed');
      expect(code('{"a":1,"\\u0061":2}')).toBe('malformed');
      expect(code('[{"b":{"__proto__":1,"__proto__":2}}]')).toBe('malformed');
    });

    it('refuses a second document and anything else after the first', () => {
      for (const text of ['{}{}', '{} {"HostConfig":{"Privileged":true}}', '{},', '1 2', '{}\0', '"a""b"'])
        expect(code(text)).toBe('malformed');
    });

    it('refuses bytes that are not UTF-8, and a byte order mark', () => {
      for (const raw of [
        [0x22, 0xff, 0x22],
        [0x22, 0xc0, 0xaf, 0x22],
        [0x22, 0xed, 0xa0, 0x80, 0x22],
        [0xef, 0xbb, 0xbf, 0x7b, 0x7d],
      ]) {
        expect(failure(() => jsonRead(Uint8Array.from(raw)))?.code).toBe('malformed');
      }
    });

    it('refuses half of a surrogate pair', () => {
      for (const text of ['"\\ud83d"', '"\\ude00"', '"\\ude00\\ud83d"', '{"\\ud800":1}']) expect(code(text)).toBe('malformed');
    });

    it('refuses numbers that would be rounded', () => {
      for (const text of ['9007199254740993', '-9007199254740992', '1e400', '1e16']) expect(code(text)).toBe('malformed');
    });

    it('takes __proto__ and constructor for keys like any other', () => {
      const value = read('{"__proto__":{"Privileged":true},"constructor":1}') as Record<string, unknown>;
      expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
      expect(value.Privileged).toBeUndefined();
      expect((read('{}') as Record<string, unknown>).toString).toBeUndefined();
    });
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isExact(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isExact(inner));
}

/** With ordinary prototypes, for comparison. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
