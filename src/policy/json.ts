import { BerthError } from '../domain/errors.ts';

export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

export interface JsonLimits {
  maxBytes: number;
  maxDepth: number;
}

export const jsonLimits: JsonLimits = { maxBytes: 4 * 1024 * 1024, maxDepth: 64 };

/**
 * Reads exactly one JSON document (RFC 8259), more strictly than any engine does, so that what we check is what was meant.
 * Refused beyond bad syntax: bytes that are not UTF-8, a byte order mark, a key that occurs twice in one object, a second
 * document, lone surrogates, and numbers beyond ±2^53 (they would be rounded silently).
 * Keys that differ only by case are told apart here, since labels and paths may: `Fields` refuses them where Go would fold.
 * Objects have no prototype, so `__proto__` and `constructor` are keys like any other.
 * Throws `too_large` above `maxBytes`, otherwise `malformed`.
 */
export function jsonRead(bytes: Uint8Array, limits: JsonLimits = jsonLimits): JsonValue {
  if (bytes.byteLength > limits.maxBytes) {
    throw new BerthError('too_large', `The request body is larger than ${limits.maxBytes} bytes. Send a smaller one.`);
  }
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (cause) {
    throw new BerthError('malformed', 'The request body is not valid UTF-8.', { cause });
  }
  return new Parser(text, limits.maxDepth).document();
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const BRACKET_OPEN = 0x5b;
const BACKSLASH = 0x5c;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

const escapes: Record<string, string> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

class Parser {
  readonly #text: string;
  readonly #maxDepth: number;
  #at = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  document(): JsonValue {
    const value = this.#value(0);
    if (!Number.isNaN(this.#peek())) this.#fail('there is more after the end of the document');
    return value;
  }

  /** The next character code that is not white space; NaN at the end of the text. */
  #peek(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.#at++;
    }
  }

  #value(depth: number): JsonValue {
    const code = this.#peek();
    if (code === QUOTE) return this.#string();
    if (code === BRACE_OPEN) return this.#object(depth + 1);
    if (code === BRACKET_OPEN) return this.#array(depth + 1);
    if (code === MINUS || isDigit(code)) return this.#number();
    if (this.#text.startsWith('null', this.#at)) return this.#word(4, null);
    if (this.#text.startsWith('true', this.#at)) return this.#word(4, true);
    if (this.#text.startsWith('false', this.#at)) return this.#word(5, false);
    return this.#fail('a value is missing or wrong');
  }

  #word<T>(length: number, value: T): T {
    this.#at += length;
    return value;
  }

  #object(depth: number): JsonObject {
    this.#enter(depth);
    const object: JsonObject = Object.create(null);
    if (this.#peek() === BRACE_CLOSE) return this.#word(1, object);
    for (;;) {
      if (this.#peek() !== QUOTE) this.#fail('a key is missing');
      const key = this.#string();
      if (key in object) this.#fail(`the key ${JSON.stringify(key.slice(0, 64))} occurs twice in one object`);
      if (this.#peek() !== COLON) this.#fail('a colon is missing');
      this.#at++;
      object[key] = this.#value(depth);
      const next = this.#peek();
      this.#at++;
      if (next === BRACE_CLOSE) return object;
      if (next !== COMMA) this.#fail('a comma or a closing brace is missing');
    }
  }

  #array(depth: number): JsonValue[] {
    this.#enter(depth);
    const array: JsonValue[] = [];
    if (this.#peek() === BRACKET_CLOSE) return this.#word(1, array);
    for (;;) {
      array.push(this.#value(depth));
      const next = this.#peek();
      this.#at++;
      if (next === BRACKET_CLOSE) return array;
      if (next !== COMMA) this.#fail('a comma or a closing bracket is missing');
    }
  }

  #enter(depth: number): void {
    if (depth > this.#maxDepth) this.#fail(`it is nested deeper than ${this.#maxDepth} levels`);
    this.#at++;
  }

  #string(): string {
    const text = this.#text;
    const start = ++this.#at;
    for (let at = start; ; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        this.#at = at + 1;
        return text.slice(start, at);
      }
      if (code === BACKSLASH) return this.#escapedString(start, at);
      if (!(code >= 0x20)) this.#failIn(at, 'a string does not end, or holds a control character');
    }
  }

  /** The rest of a string from its first backslash on: rare, so kept out of the hot loop. */
  #escapedString(start: number, firstEscape: number): string {
    const text = this.#text;
    let result = '';
    let from = start;
    let at = firstEscape;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) break;
      if (!(code >= 0x20)) this.#failIn(at, 'a string does not end, or holds a control character');
      if (code !== BACKSLASH) {
        at++;
        continue;
      }
      result += text.slice(from, at);
      const letter = text.charAt(at + 1);
      if (letter === 'u') {
        result += String.fromCharCode(this.#hex(at + 2));
        at += 6;
      } else {
        result += escapes[letter] ?? this.#failIn(at, 'a string holds an unknown escape');
        at += 2;
      }
      from = at;
    }
    result += text.slice(from, at);
    if (!result.isWellFormed()) this.#failIn(start, 'a string holds half of a surrogate pair');
    this.#at = at + 1;
    return result;
  }

  #hex(at: number): number {
    const digits = this.#text.slice(at, at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#failIn(at, 'a string holds a broken \\u escape');
    return Number.parseInt(digits, 16);
  }

  #number(): number {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    if (text.charCodeAt(at) === MINUS) at++;
    if (text.charCodeAt(at) === ZERO) at++;
    else at = this.#digits(at);
    if (text.charCodeAt(at) === DOT) at = this.#digits(at + 1);
    if ((text.charCodeAt(at) | 0x20) === 0x65) {
      const sign = text.charAt(at + 1);
      at = this.#digits(sign === '+' || sign === '-' ? at + 2 : at + 1);
    }
    this.#at = at;
    const value = Number(text.slice(start, at));
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) this.#failIn(start, 'a number is too large to be exact');
    return value;
  }

  #digits(from: number): number {
    let at = from;
    while (isDigit(this.#text.charCodeAt(at))) at++;
    if (at === from) this.#failIn(at, 'a number is not complete');
    return at;
  }

  #fail(what: string): never {
    return this.#failIn(this.#at, what);
  }

  #failIn(at: number, what: string): never {
    throw new BerthError('malformed', `The request body is not acceptable JSON: ${what} (at character ${at}).`);
  }
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}
