import { BerthError } from '../domain/errors.ts';
import { goQuote } from './go-text.ts';
import { isSpace, trimLeft } from './node.ts';

/** Parts by runs of these alone; unlike \s it leaves Unicode's spaces in a word. */
const gap = /[\t\v\f\r ]+/;

/** At most `limit` parts; the last one keeps its gaps. */
export function gapSplit(text: string, limit: number): string[] {
  const parts: string[] = [];
  let rest = text;
  while (parts.length < limit - 1) {
    const found = gap.exec(rest);
    if (!found) break;
    parts.push(rest.slice(0, found.index));
    rest = rest.slice(found.index + found[0].length);
  }
  return [...parts, rest];
}

export function gapWords(text: string): string[] {
  return text === '' ? [] : text.split(gap);
}

/** Words between spaces, where quotes hold one together. Quotes and escapes stay: they are undone when variables are replaced. */
export function quotedWords(text: string, escapeToken: string): string[] {
  const words: string[] = [];
  let word = '';
  let begun = false;
  let quote: string | null = null;
  const characters = [...text];
  const end = () => {
    if (begun || word !== '') words.push(word);
    [word, begun] = ['', false];
  };
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    if (quote === null && isSpace(character)) {
      end();
      continue;
    }
    if (quote === null && (character === '"' || character === "'")) [quote, begun] = [character, true];
    else if (quote === character) quote = null;
    if (character === escapeToken && quote !== "'") {
      const next = characters[++at];
      // An escapeToken at the end of the line escapes nothing.
      if (next !== undefined) word += character + next;
      continue;
    }
    word += character;
  }
  end();
  return words;
}

/** `name=value …`, or the old `name value`: keys and values in turn. Throws in the builder's words. */
export function nameValues(text: string, instruction: string, escapeToken: string): string[] {
  const words = quotedWords(text, escapeToken);
  const [first] = words;
  if (first === undefined) return [];
  if (!first.includes('=')) {
    const parts = gapSplit(text, 2);
    if (parts.length < 2) throw new BerthError('malformed', `${instruction} must have two arguments`);
    return parts;
  }
  return words.flatMap((word) => {
    const equals = word.indexOf('=');
    if (equals < 0) throw new BerthError('malformed', `Syntax error - can't find = in ${goQuote(word)}. Must be of the form: name=value`);
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
}

/** A JSON list of strings at the start of the text, whatever follows it; null when there is none. Throws for a list of anything else. */
export function jsonWords(text: string): string[] | null {
  const list = jsonList(trimLeft(text));
  if (list === null) return null;
  if (!list.every((item) => typeof item === 'string'))
    throw new BerthError('malformed', 'when using JSON array syntax, arrays must be comprised of strings only');
  return list as string[];
}

/** Go's decoder stops behind the first value. */
function jsonList(text: string): unknown[] | null {
  if (!text.startsWith('[')) return null;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === '\\') at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '[' || character === '{') depth++;
    else if ((character === ']' || character === '}') && --depth === 0) {
      try {
        return JSON.parse(text.slice(0, at + 1)) as unknown[];
      } catch {
        return null;
      }
    }
  }
  return null;
}
