import { BerthError } from '../domain/errors.ts';
import { goQuote } from './go-text.ts';
import { isSpace } from './node.ts';

export type Variables = ReadonlyMap<string, string>;

/** `NAME=value` lines as variables; of a name that occurs twice the later one counts. */
export function variablesOf(lines: readonly string[]): Map<string, string> {
  return new Map(
    lines.map((line) => {
      const equals = line.indexOf('=');
      return equals < 0 ? [line, ''] : [line.slice(0, equals), line.slice(equals + 1)];
    }),
  );
}

/**
 * A word with its variables replaced and its quotes and escapes undone: `$x`, `${x}`, `${x:-y}`, `${x:+y}`, `${x:?y}`. Throws in the
 * builder's words. Source: BuildKit's frontend/dockerfile/shell, as moby 20.10 has it.
 */
export function expandWord(word: string, variables: Variables, escapeToken: string): string {
  return expanded(word, variables, escapeToken).text;
}

/** The same, as the several words it may have become: a space that comes from a variable parts them. */
export function expandWords(word: string, variables: Variables, escapeToken: string): string[] {
  return expanded(word, variables, escapeToken).words;
}

interface Expanded {
  text: string;
  words: string[];
}

function expanded(word: string, variables: Variables, escapeToken: string): Expanded {
  try {
    return new Expansion(word, variables, escapeToken).until(null);
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    throw new BerthError('malformed', `failed to process ${goQuote(word)}: ${error.message}`);
  }
}

class Expansion {
  readonly #characters: string[];
  readonly #variables: Variables;
  readonly #escape: string;
  #at = 0;

  constructor(text: string, variables: Variables, escapeToken: string) {
    this.#characters = [...text];
    this.#variables = variables;
    this.#escape = escapeToken;
  }

  /** Up to `stop`, which is passed, or to the end. */
  until(stop: string | null): Expanded {
    const words = new Words();
    let text = '';
    for (let character = this.#peek(); character !== undefined; character = this.#peek()) {
      if (character === stop) {
        this.#at++;
        return { text, words: words.all() };
      }
      if (character === '$') {
        const value = this.#dollar();
        text += value;
        for (const one of value) words.add(one);
      } else if (character === "'" || character === '"') {
        const value = character === "'" ? this.#single() : this.#double();
        text += value;
        words.addWhole(value);
      } else {
        this.#at++;
        if (character !== this.#escape) {
          words.add(character);
          text += character;
          continue;
        }
        const next = this.#next();
        if (next === undefined) break;
        words.addWhole(next);
        text += next;
      }
    }
    if (stop !== null) throw fault(`unexpected end of statement while looking for matching ${stop}`);
    return { text, words: words.all() };
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #next(): string | undefined {
    return this.#characters[this.#at++];
  }

  #single(): string {
    this.#at++;
    let text = '';
    for (let character = this.#next(); character !== "'"; character = this.#next()) {
      if (character === undefined) throw fault('unexpected end of statement while looking for matching single-quote');
      text += character;
    }
    return text;
  }

  #double(): string {
    this.#at++;
    let text = '';
    for (;;) {
      const character = this.#peek();
      if (character === undefined) throw fault('unexpected end of statement while looking for matching double-quote');
      if (character === '$') {
        text += this.#dollar();
        continue;
      }
      this.#at++;
      if (character === '"') return text;
      if (character !== this.#escape) {
        text += character;
        continue;
      }
      const next = this.#peek();
      if (next === undefined) continue;
      if (next === '"' || next === '$' || next === this.#escape) {
        this.#at++;
        text += next;
      } else text += character;
    }
  }

  #dollar(): string {
    this.#at++;
    if (this.#peek() !== '{') {
      const name = this.#name();
      return name === '' ? '$' : (this.#variables.get(name) ?? '');
    }
    this.#at++;
    const first = this.#peek();
    if (first === undefined) throw fault("syntax error: missing '}'");
    if (first === '{' || first === '}' || first === ':') throw fault('syntax error: bad substitution');
    const name = this.#name();
    const value = this.#variables.get(name);
    switch (this.#next()) {
      case '}':
        return value ?? '';
      case '?':
        return this.#required(name, value, this.#alternative(), false);
      case ':': {
        const modifier = this.#next();
        const word = this.#alternative();
        if (modifier === '+') return value ? word : '';
        if (modifier === '-') return value ? value : word;
        if (modifier === '?') return this.#required(name, value, word, true);
        throw fault(`unsupported modifier (${modifier ?? '\ufffd'}) in substitution`);
      }
      default:
        throw fault("missing ':' in substitution");
    }
  }

  #alternative(): string {
    try {
      return this.until('}').text;
    } catch (error) {
      if (this.#peek() === undefined) throw fault("syntax error: missing '}'");
      throw error;
    }
  }

  #required(name: string, value: string | undefined, word: string, filled: boolean): string {
    if (value === undefined) throw fault(`${name}: ${word || 'is not allowed to be unset'}`);
    if (filled && value === '') throw fault(`${name}: ${word || 'is not allowed to be empty'}`);
    return value;
  }

  #name(): string {
    const first = this.#peek() ?? '';
    if (/^\p{Nd}$/u.test(first)) return this.#while(/^\p{Nd}$/u);
    if (first !== '' && '@*#?-$!'.includes(first)) {
      this.#at++;
      return first;
    }
    return this.#while(/^[\p{L}\p{Nd}_]$/u);
  }

  #while(rule: RegExp): string {
    const start = this.#at;
    while (rule.test(this.#peek() ?? '')) this.#at++;
    return this.#characters.slice(start, this.#at).join('');
  }
}

class Words {
  readonly #done: string[] = [];
  #word = '';

  add(character: string): void {
    if (!isSpace(character)) this.#word += character;
    else if (this.#word !== '') {
      this.#done.push(this.#word);
      this.#word = '';
    }
  }

  addWhole(text: string): void {
    this.#word += text;
  }

  all(): string[] {
    return this.#word === '' ? this.#done : [...this.#done, this.#word];
  }
}

function fault(message: string): BerthError {
  return new BerthError('malformed', message);
}
