import { EngineError } from './engine-error.ts';

/** The `filters` parameter: either shape of the API, `{"label":["a"]}` and `{"label":{"a":true}}`. */
export type Filters = Map<string, string[]>;

/** Throws 400 for what is not a filter set, or names a filter that is not `allowed`. */
export function filtersParse(text: string | null, allowed: string[]): Filters {
  const filters: Filters = new Map();
  if (text === null || text === '') return filters;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new EngineError(400, 'invalid character in filters');
  }
  for (const [key, values] of Object.entries(parsed as Record<string, string[] | Record<string, boolean>>)) {
    if (!allowed.includes(key)) throw new EngineError(400, `Invalid filter '${key}'`);
    filters.set(key, Array.isArray(values) ? values : Object.keys(values));
  }
  return filters;
}

/** True when the filter is absent, or `test` holds for one of its values. */
export function filterAny(filters: Filters, key: string, test: (value: string) => boolean): boolean {
  const values = filters.get(key);
  return values === undefined || values.length === 0 || values.some(test);
}

/** Label filters must all hold: `key` or `key=value`. */
export function filterLabels(filters: Filters, labels: Record<string, string> | null | undefined): boolean {
  return (filters.get('label') ?? []).every((wanted) => {
    const split = wanted.indexOf('=');
    return split < 0 ? labels?.[wanted] !== undefined : labels?.[wanted.slice(0, split)] === wanted.slice(split + 1);
  });
}

/** Go's strconv.ParseBool as the API uses it: anything but `''`, `0`, `no`, `false`, `none` is true. */
export function flag(value: string | null): boolean {
  return value !== null && !['', '0', 'no', 'false', 'none'].includes(value.toLowerCase().trim());
}
