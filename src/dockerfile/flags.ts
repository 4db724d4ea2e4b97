import { BerthError } from '../domain/errors.ts';
import { isSpace } from './node.ts';

/** The `--flag=value` words that an instruction begins with, and the rest of its line. Quotes and backslashes in them are undone. */
export function flagsSplit(line: string): { flags: string[]; rest: string } {
  const flags: string[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && isSpace(line[at] as string)) at++;
    if (!line.startsWith('--', at)) return { flags, rest: line.slice(at) };
    const { word, blank, end } = flagWord(line, at);
    at = end;
    if (word === '--') return { flags, rest: line.slice(at) };
    if (blank || word !== '') flags.push(word);
    if (at >= line.length) return { flags, rest: '' };
  }
}

function flagWord(line: string, start: number): { word: string; blank: boolean; end: number } {
  let word = '';
  let blank = false;
  let quote: string | null = null;
  let at = start;
  for (; at < line.length; at++) {
    const character = line[at] as string;
    if (quote === null && isSpace(character)) break;
    if (quote === null && (character === '"' || character === "'")) [quote, blank] = [character, true];
    else if (character === quote) quote = null;
    else if (character === '\\') word += line[++at] ?? '';
    else word += character;
  }
  return { word, blank, end: at };
}

/** The values of an instruction's flags, by name. Throws in the builder's words for others, for doubles and for those without a value. */
export function flagsRead(flags: readonly string[], known: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const flag of flags) {
    const [, name = '', value] = /^--([^=]*)(?:=(.*))?$/s.exec(flag) ?? [];
    if (!known.includes(name)) throw new BerthError('malformed', `Unknown flag: ${name}`);
    if (values.has(name)) throw new BerthError('malformed', `Duplicate flag specified: ${name}`);
    if (value === undefined) throw new BerthError('malformed', `Missing a value on flag: ${name}`);
    values.set(name, value);
  }
  return values;
}
