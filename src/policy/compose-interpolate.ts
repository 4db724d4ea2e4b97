import { BerthError } from '../domain/errors.ts';
import { printable } from './fields.ts';
import type { JsonValue } from './json.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Puts variables into every value, not into keys: `$X`, `${X}`, `${X:-default}`, `${X-default}`, `${X:?reason}`, `${X?reason}`,
 * `${X:+instead}`, `${X+instead}`, nested ones too; `$$` is a dollar. Source: the Compose specification, 12-interpolation.md.
 * Throws `malformed` with the path of the value.
 */
export function composeInterpolate(value: JsonValue, variables: Variables, path = ''): JsonValue {
  if (typeof value === 'string') return textInterpolate(value, variables, path);
  if (Array.isArray(value)) return value.map((item, index) => composeInterpolate(item, variables, `${path}[${index}]`));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, composeInterpolate(item, variables, path === '' ? key : `${path}.${key}`)]),
  );
}

export function textInterpolate(text: string, variables: Variables, path: string): string {
  return new Interpolation(text, variables, path).whole();
}

const nameRule = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const maxDepth = 16;

class Interpolation {
  readonly #text: string;
  readonly #variables: Variables;
  readonly #path: string;
  #at = 0;
  #depth = 0;

  constructor(text: string, variables: Variables, path: string) {
    this.#text = text;
    this.#variables = variables;
    this.#path = path;
  }

  whole(): string {
    return this.#until(null);
  }

  /** Up to a closing brace, or to the end. */
  #until(end: '}' | null): string {
    let read = '';
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at];
      if (char === end) return read;
      if (char === '$') read += this.#dollar();
      else {
        read += char;
        this.#at++;
      }
    }
    if (end !== null) throw this.#wrong('a ${ without its }');
    return read;
  }

  #dollar(): string {
    this.#at++;
    const next = this.#text[this.#at];
    if (next === '$') {
      this.#at++;
      return '$';
    }
    if (next === '{') {
      this.#at++;
      return this.#braces();
    }
    const name = this.#name();
    if (name === '') throw this.#wrong('a $ that begins no variable; write $$ for a dollar');
    return this.#value(name) ?? '';
  }

  #braces(): string {
    if (++this.#depth > maxDepth) throw this.#wrong('too many variables inside of each other');
    const name = this.#name();
    if (name === '') throw this.#wrong('a ${ that begins no variable');
    const [, operator = ''] = /^(:?[-?+])/.exec(this.#text.slice(this.#at, this.#at + 2)) ?? [];
    this.#at += operator.length;
    const operand = this.#until('}');
    if (operator === '' && operand !== '') throw this.#wrong(`an unknown form: \${${printable(name + operand)}}`);
    this.#at++;
    this.#depth--;
    const value = this.#value(name);
    const there = value !== undefined && !(operator.startsWith(':') && value === '');
    switch (operator.at(-1)) {
      case '-':
        return there ? value : operand;
      case '+':
        return there ? operand : '';
      case '?':
        if (there) return value;
        throw new BerthError('malformed', `${this.#path}: the variable ${name} is not set${operand === '' ? '' : `: ${operand}`}.`);
      default:
        return value ?? '';
    }
  }

  #value(name: string): string | undefined {
    return Object.hasOwn(this.#variables, name) ? this.#variables[name] : undefined;
  }

  #name(): string {
    nameRule.lastIndex = this.#at;
    const [name = ''] = nameRule.exec(this.#text) ?? [];
    this.#at += name.length;
    return name;
  }

  #wrong(what: string): BerthError {
    return new BerthError('malformed', `${this.#path} has ${what}.`);
  }
}
