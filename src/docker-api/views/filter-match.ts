import { BerthError } from '../../domain/errors.ts';
import { type Pattern, patternCompile } from './pattern.ts';

/** Docker's `filters` parameter, read: a name and its values, each once. */
export type Filters = ReadonlyMap<string, readonly string[]>;

// How a filter compares, after moby's api/types/filters. A filter without values lets everything pass.

export function filterExact(filters: Filters, name: string, candidate: string): boolean {
  const values = filters.get(name) ?? [];
  return values.length === 0 || values.includes(candidate);
}

/** A value is the whole, or a regular expression that is found anywhere. */
export function filterFound(filters: Filters, name: string, candidate: string): boolean {
  if (filterExact(filters, name, candidate)) return true;
  return (filters.get(name) ?? []).some((value) => patternOf(value)?.found(candidate) === true);
}

/** `key` or `key=value`, and all of them. */
export function filterLabels(filters: Filters, labels: Record<string, string> | null, name = 'label'): boolean {
  return (filters.get(name) ?? []).every((value) => {
    const equals = value.indexOf('=');
    const key = equals < 0 ? value : value.slice(0, equals);
    if (!labels || !Object.hasOwn(labels, key)) return false;
    return equals < 0 || labels[key] === value.slice(equals + 1);
  });
}

/** null: the filter was not given. Throws `malformed` for what is no boolean, and for both at once. */
export function filterBoolean(filters: Filters, name: string): boolean | null {
  const values = filters.get(name);
  if (values === undefined) return null;
  const isTrue = values.includes('1') || values.includes('true');
  const isFalse = values.includes('0') || values.includes('false');
  if (isTrue === isFalse) throw new BerthError('malformed', `invalid filter '${name}=[${values.join(' ')}]'`);
  return isTrue;
}

/** Throws `malformed` for a filter that the list does not know. */
export function filterNamesCheck(filters: Filters, known: readonly string[]): void {
  for (const name of filters.keys()) {
    if (!known.includes(name)) throw new BerthError('malformed', `invalid filter '${name}'`);
  }
}

/** One list asks each of its lines with the same few values. */
const compiled = new Map<string, Pattern | null>();

function patternOf(value: string): Pattern | null {
  let pattern = compiled.get(value);
  if (pattern === undefined) {
    pattern = patternCompile(value);
    if (compiled.size >= 100) compiled.clear();
    compiled.set(value, pattern);
  }
  return pattern;
}
