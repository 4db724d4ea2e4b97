import { BerthError } from '../domain/errors.ts';
import { type FieldTable, nameFold } from './field-table.ts';
import type { JsonObject, JsonValue } from './json.ts';

/** Bounds of one getter: characters of a string, entries of a list or map, and characters of all of them together. */
export interface SizeLimits {
  maxLength?: number;
  maxEntries?: number;
  maxTotal?: number;
}

/** A fault in Docker's words; `named` is the same with the name of its field, for whoever has sent it in another form than Docker's. */
export class DockerWords extends BerthError {
  readonly named: string;

  constructor(docker: string, named: string) {
    super('malformed', docker);
    this.named = named;
  }
}

const defaultSizes: Required<SizeLimits> = { maxLength: 4096, maxEntries: 1024, maxTotal: 1024 * 1024 };

/**
 * Reads the fields of one JSON object by a policy table. Names match as the engine matches them, whatever their case; null
 * and absent are the same and read as the zero value. A wrong type is `malformed` and names the field's full path. Whoever
 * is done calls `end()`, which refuses all that nobody read and that is not empty: a field cannot be forgotten into passing.
 */
export class Fields {
  /** Where this object lies, for messages: `HostConfig.Mounts[0]`; '' for the body itself. */
  readonly path: string;
  readonly #table: FieldTable;
  /** Where it lies in the table: `HostConfig.Mounts[]`. */
  readonly #rule: string;
  readonly #unread = new Map<string, { key: string; value: JsonValue }>();

  private constructor(object: JsonObject, table: FieldTable, path: string, rule: string) {
    this.path = path;
    this.#table = table;
    this.#rule = rule;
    for (const key in object) {
      const folded = nameFold(key);
      const other = this.#unread.get(folded);
      if (other) {
        throw malformed(this.#pathOf(printable(key)), `occurs twice, the other time as ${printable(other.key)}`);
      }
      this.#unread.set(folded, { key, value: object[key] ?? null });
    }
  }

  /** The body of a request. Throws `malformed` when it is not an object. */
  static ofBody(body: JsonValue, table: FieldTable): Fields {
    return Fields.#of(body, table, '', '');
  }

  static #of(value: JsonValue, table: FieldTable, path: string, rule: string): Fields {
    if (value === null && path !== '') return new Fields({}, table, path, rule);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw malformed(path === '' ? 'The request body' : path, 'must be an object');
    }
    return new Fields(value, table, path, rule);
  }

  string(name: string, { maxLength = defaultSizes.maxLength }: SizeLimits = {}): string {
    const value = this.#take(name);
    return value === null ? '' : text(value, this.#pathOf(name), maxLength);
  }

  boolean(name: string): boolean {
    return this.booleanOrNull(name) ?? false;
  }

  booleanOrNull(name: string): boolean | null {
    const value = this.#take(name);
    if (value !== null && typeof value !== 'boolean') throw malformed(this.#pathOf(name), 'must be true or false');
    return value;
  }

  integer(name: string): number {
    return this.integerOrNull(name) ?? 0;
  }

  integerOrNull(name: string): number | null {
    const value = this.#take(name);
    if (value === null) return null;
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw malformed(this.#pathOf(name), 'must be a whole number');
    return value;
  }

  /** A number that need not be whole. */
  numberOrNull(name: string): number | null {
    const value = this.#take(name);
    if (value !== null && typeof value !== 'number') throw malformed(this.#pathOf(name), 'must be a number');
    return value;
  }

  strings(name: string, sizes: SizeLimits = {}): string[] {
    return this.stringsOrNull(name, sizes) ?? [];
  }

  stringsOrNull(name: string, sizes: SizeLimits = {}): string[] | null {
    const list = this.#list(name, sizes);
    if (list === null) return null;
    const limits = { ...defaultSizes, ...sizes };
    const result = list.map((value, index) => text(value, `${this.#pathOf(name)}[${index}]`, limits.maxLength));
    this.#checkTotal(name, result, limits.maxTotal);
    return result;
  }

  /** A list of strings that Docker also takes as one string (Cmd, Entrypoint). */
  wordsOrNull(name: string, sizes: SizeLimits = {}): string[] | null {
    const value = this.#unread.get(nameFold(name))?.value;
    return typeof value === 'string' ? [this.string(name, sizes)] : this.stringsOrNull(name, sizes);
  }

  integersOrNull(name: string): number[] | null {
    const list = this.#list(name, {});
    return (
      list?.map((value, index) => {
        if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
        throw malformed(`${this.#pathOf(name)}[${index}]`, 'must be a whole number');
      }) ?? null
    );
  }

  object(name: string): Fields {
    return Fields.#of(this.#take(name), this.#table, this.#pathOf(name), this.#ruleOf(name));
  }

  objects(name: string, sizes: SizeLimits = {}): Fields[] {
    const list = this.#list(name, sizes) ?? [];
    return list.map((value, index) => Fields.#of(value, this.#table, `${this.#pathOf(name)}[${index}]`, `${this.#ruleOf(name)}[]`));
  }

  /** A map whose values are objects. Its keys are data, not names: they are not folded. */
  objectMap(name: string, sizes: SizeLimits = {}): [key: string, value: Fields][] {
    return this.#entries(name, sizes).map(([key, value]) => [
      key,
      Fields.#of(value, this.#table, `${this.#pathOf(name)}.${printable(key)}`, `${this.#ruleOf(name)}.*`),
    ]);
  }

  /** A map whose values are lists of objects; null is an empty list. */
  objectsMap(name: string, sizes: SizeLimits = {}): [key: string, values: Fields[]][] {
    return this.#entries(name, sizes).map(([key, value]) => {
      const path = `${this.#pathOf(name)}.${printable(key)}`;
      if (value !== null && !Array.isArray(value)) throw malformed(path, 'must be a list');
      const list = value ?? [];
      if (list.length > defaultSizes.maxEntries) throw malformed(path, `has more than ${defaultSizes.maxEntries} entries`);
      return [key, list.map((item, index) => Fields.#of(item, this.#table, `${path}[${index}]`, `${this.#ruleOf(name)}.*[]`))];
    });
  }

  stringMap(name: string, sizes: SizeLimits = {}): [key: string, value: string][] {
    const limits = { ...defaultSizes, ...sizes };
    const entries = this.#entries(name, sizes).map(([key, value]): [string, string] => [
      key,
      value === null ? '' : text(value, `${this.#pathOf(name)}.${printable(key)}`, limits.maxLength),
    ]);
    this.#checkTotal(name, entries.flat(), limits.maxTotal);
    return entries;
  }

  /** A map whose values are texts, or null where one is left out. */
  objectOfTexts(name: string, sizes: SizeLimits = {}): [key: string, value: string | null][] {
    const { maxLength } = { ...defaultSizes, ...sizes };
    return this.#entries(name, sizes).map(([key, value]) => [
      key,
      value === null ? null : text(value, `${this.#pathOf(name)}.${printable(key)}`, maxLength),
    ]);
  }

  /** A set written as Docker writes one: a map whose values are empty objects. */
  keySet(name: string, sizes: SizeLimits = {}): string[] {
    return this.#entries(name, sizes).map(([key, value]) => {
      if (!isEmpty(value)) throw malformed(`${this.#pathOf(name)}.${printable(key)}`, 'must be an empty object');
      return key;
    });
  }

  /** Reads past what the caller has found to need no further look. */
  skip(name: string): void {
    this.#take(name);
  }

  isSet(name: string): boolean {
    const entry = this.#unread.get(nameFold(name));
    return entry !== undefined && !isEmpty(entry.value);
  }

  /** Every field that nobody read: passes when empty or ours, else is refused by its path. */
  end(): void {
    for (const [folded, { key, value }] of this.#unread) {
      const row = this.#table.get(nameFold(this.#ruleOf(folded)));
      if (row?.verdict === 'ours' || (row?.nullOnly ? value === null : isEmpty(value))) continue;
      const name = row?.path.slice(row.path.lastIndexOf('.') + 1) ?? printable(key);
      throw refused(this.#pathOf(name), row?.verdict === 'refused' ? row.why : 'Berth does not know this field here');
    }
  }

  /** An error for one value of a field that is otherwise served. `why` is a clause without a full stop. */
  refused(name: string, why: string): BerthError {
    return refused(this.#pathOf(name), why);
  }

  malformed(name: string, what: string): BerthError {
    return malformed(this.#pathOf(name), what);
  }

  /** `malformed` where Docker has words of its own, which scripts read. */
  wrong(name: string, what: string, docker: string): BerthError {
    return new DockerWords(docker, malformed(this.#pathOf(name), what).message);
  }

  /** A value within [min, max], or an error that says the bounds. */
  within(name: string, value: number, min: number, max: number, unit = ''): number {
    if (value >= min && value <= max) return value;
    throw refused(this.#pathOf(name), `${value} is outside of what is served, ${min} to ${max}${unit && ` ${unit}`}`);
  }

  #pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  #ruleOf(name: string): string {
    return this.#rule === '' ? name : `${this.#rule}.${name}`;
  }

  #take(name: string): JsonValue {
    // A field that is read but has no row would be missing from the documentation.
    if (!this.#table.has(nameFold(this.#ruleOf(name)))) throw new Error(`no row in the table for ${this.#ruleOf(name)}`);
    const folded = nameFold(name);
    const value = this.#unread.get(folded)?.value ?? null;
    this.#unread.delete(folded);
    return value;
  }

  #list(name: string, { maxEntries = defaultSizes.maxEntries }: SizeLimits): JsonValue[] | null {
    const value = this.#take(name);
    if (value === null) return null;
    if (!Array.isArray(value)) throw malformed(this.#pathOf(name), 'must be a list');
    if (value.length > maxEntries) throw malformed(this.#pathOf(name), `has more than ${maxEntries} entries`);
    return value;
  }

  #entries(name: string, sizes: SizeLimits): [string, JsonValue][] {
    const { maxEntries, maxLength } = { ...defaultSizes, ...sizes };
    const value = this.#take(name);
    if (value === null) return [];
    if (typeof value !== 'object' || Array.isArray(value)) throw malformed(this.#pathOf(name), 'must be an object');
    const entries = Object.entries(value);
    if (entries.length > maxEntries) throw malformed(this.#pathOf(name), `has more than ${maxEntries} entries`);
    for (const [key] of entries) text(key, this.#pathOf(name), maxLength);
    return entries;
  }

  #checkTotal(name: string, parts: string[], maxTotal: number): void {
    const total = parts.reduce((sum, part) => sum + part.length, 0);
    if (total > maxTotal) throw malformed(this.#pathOf(name), `is longer than ${maxTotal} characters in all`);
  }
}

function text(value: JsonValue, path: string, maxLength: number): string {
  if (typeof value !== 'string') throw malformed(path, 'must be a string');
  if (value.length > maxLength) throw malformed(path, `is longer than ${maxLength} characters`);
  // The kernel ends strings at NUL: what we check would not be what it sees.
  if (value.includes('\0')) throw malformed(path, 'holds a NUL character');
  return value;
}

function isEmpty(value: JsonValue): boolean {
  if (value === null || value === '' || value === 0 || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** What a tenant wrote, made safe to repeat in a message or a log line. */
export function printable(written: string): string {
  const safe = written.replace(/[^\x20-\x7e]/gu, '?');
  return safe.length > 64 ? `${safe.slice(0, 64)}…` : safe;
}

function refused(path: string, why: string): BerthError {
  return new BerthError('refused', `${path} is not allowed: ${why}. See docs/divergence.md.`);
}

function malformed(path: string, what: string): BerthError {
  return new BerthError('malformed', `${path} ${what}.`);
}
