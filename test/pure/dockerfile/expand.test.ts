import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandWord, expandWords } from '../../../src/dockerfile/expand.ts';

const variables = new Map([
  ['x', 'value'],
  ['empty', ''],
  ['ports', '80 443'],
]);

describe('a word with variables', () => {
  it.each([
    ['$x', 'value'],
    ['${x}s', 'values'],
    ['$unset.', '.'],
    ['${unset:-no}', 'no'],
    ['${empty:-was}', 'was'],
    ['${x:+yes}${empty:+no}', 'yes'],
    ['${unset:-${x}}', 'value'],
    ['\\$x', '$x'],
    ["'$x'", '$x'],
    ['"$x \\"q\\""', 'value "q"'],
    ['a$', 'a$'],
  ])('%s is %s', (word, text) => expect(expandWord(word, variables, '\\')).toBe(text));

  it('escapes with a backtick where that is chosen', () => expect(expandWord('C:\\a`$x', variables, '`')).toBe('C:\\a$x'));

  it('becomes several words by the spaces of a variable', () => {
    expect(expandWords('$ports', variables, '\\')).toEqual(['80', '443']);
    expect(expandWords('"$ports"', variables, '\\')).toEqual(['80 443']);
  });

  it.each([
    ['${x', "missing ':' in substitution"],
    ['${x:-y', "syntax error: missing '}'"],
    ['${}', 'bad substitution'],
    ['${x:=y}', 'unsupported modifier (=)'],
    ['${unset:?give it}', 'unset: give it'],
    ['"x', 'matching double-quote'],
  ])('%s is refused: %s', (word, why) => {
    expect(() => expandWord(word, variables, '\\')).toThrow(why);
  });

  it('of any characters ends, as itself or with a refusal', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'${}:-+?xy\'"\\ ') }), (word) => {
        try {
          expect(typeof expandWord(word, variables, '\\')).toBe('string');
        } catch (error) {
          expect(error).toMatchObject({ code: 'malformed' });
        }
      }),
    );
  });
});
