import { BerthError } from '../domain/errors.ts';
import { printable } from './fields.ts';
import { type JsonValue, jsonRead } from './json.ts';

/**
 * The `filters` parameter, in both of Docker's shapes: `{"name":["a"]}` and `{"name":{"a":true}}`. The result has each value
 * once. Throws `malformed`; a filter that is not among `allowed` is named as an engine names it.
 */
export function filtersRead(json: string | null, allowed: readonly string[]): Map<string, string[]> {
  const filters = new Map<string, string[]>();
  if (json === null || json === '') return filters;
  const object = jsonRead(new TextEncoder().encode(json), { maxBytes: 64 * 1024, maxDepth: 2 });
  if (typeof object !== 'object' || object === null || Array.isArray(object)) throw malformed('must be a JSON object');
  for (const [name, values] of Object.entries(object)) {
    if (!allowed.includes(name)) throw new BerthError('malformed', `invalid filter '${printable(name)}'`);
    filters.set(name, [...new Set(valuesRead(name, values))]);
  }
  return filters;
}

function valuesRead(name: string, values: JsonValue): string[] {
  if (Array.isArray(values)) {
    return values.map((value) => {
      if (typeof value !== 'string') throw malformed(`has a value for ${name} that is not a string`);
      return value;
    });
  }
  if (typeof values !== 'object' || values === null) throw malformed(`must have a list for ${name}`);
  return Object.entries(values).map(([value, present]) => {
    if (present !== true) throw malformed(`has a value for ${name} that is not set to true`);
    return value;
  });
}

function malformed(what: string): BerthError {
  return new BerthError('malformed', `The parameter filters ${what}.`);
}
