import { BerthError } from '../domain/errors.ts';
import { printable } from './fields.ts';
import { percentDecode } from './percent.ts';

/**
 * Reads a query string strictly, so that it cannot mean one thing to us and another to anybody else: each parameter once, no
 * broken escape, no semicolon. `repeatable` names the parameters that the route takes several times. `echoed` names fields of the
 * body that dockerode (and so testcontainers) repeats in the query of a create: dropped unread, since only the body counts.
 * Throws `malformed`.
 */
export function queryRead(search: string, repeatable: readonly string[] = [], echoed: readonly string[] = []): Query {
  const values = new Map<string, string[]>();
  const text = search.startsWith('?') ? search.slice(1) : search;
  for (const part of text === '' ? [] : text.split('&')) {
    if (part === '') continue;
    if (part.includes(';')) throw new BerthError('malformed', 'The query has a bare semicolon; write %3B.');
    const equals = part.indexOf('=');
    const name = decode(equals === -1 ? part : part.slice(0, equals));
    if (echoed.includes(name)) continue;
    const value = equals === -1 ? '' : decode(part.slice(equals + 1));
    const earlier = values.get(name);
    if (earlier && !repeatable.includes(name)) {
      throw new BerthError('malformed', `The parameter ${printable(name)} occurs twice; send it once.`);
    }
    values.set(name, [...(earlier ?? []), value]);
  }
  return new Query(values);
}

/** What a route asks of its query. Whoever is done calls `rest()`, which refuses what nobody asked for. */
export class Query {
  readonly #values: ReadonlyMap<string, string[]>;
  readonly #asked = new Set<string>();

  constructor(values: ReadonlyMap<string, string[]>) {
    this.#values = values;
  }

  /** null when absent. */
  get(name: string): string | null {
    this.#asked.add(name);
    return this.#values.get(name)?.[0] ?? null;
  }

  /** Docker's booleans (moby's httputils.BoolValue): everything but '', 0, no, false and none is true. */
  flag(name: string, absent = false): boolean {
    const value = this.get(name);
    return value === null ? absent : !['', '0', 'no', 'false', 'none'].includes(value.trim().toLowerCase());
  }

  /** A whole number; null when absent or empty. */
  int(name: string): number | null {
    const value = this.get(name);
    if (value === null || value === '') return null;
    const number = Number(value);
    if (/^[+-]?[0-9]{1,16}$/.test(value) && Number.isSafeInteger(number)) return number;
    throw new BerthError('malformed', `The parameter ${name} must be a whole number, not "${printable(value)}".`);
  }

  list(name: string): string[] {
    this.#asked.add(name);
    return this.#values.get(name) ?? [];
  }

  /** Throws `refused` for a parameter that nobody asked for and that is not empty. */
  rest(): void {
    for (const [name, values] of this.#values) {
      if (this.#asked.has(name) || values.every((value) => value === '')) continue;
      throw new BerthError('refused', `The parameter ${printable(name)} is not allowed here. See docs/divergence.md.`);
    }
  }
}

function decode(text: string): string {
  const decoded = percentDecode(text.replaceAll('+', ' '));
  if (decoded === null || decoded.includes('\0')) throw new BerthError('malformed', 'The query has a broken percent escape.');
  return decoded;
}
