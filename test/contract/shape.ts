/**
 * The keys of a document and the types of its values, a line each: `State.Status: string`. Values that differ by machine or run are gone,
 * keys that are ids read `<id>`, and of a list the first element speaks for all.
 */
export function shapeOf(value: unknown, path = ''): string {
  if (value === null || typeof value !== 'object') return `${path}: ${value === null ? 'null' : typeof value}\n`;
  if (Array.isArray(value)) return value.length === 0 ? `${path}: []\n` : shapeOf(value[0], `${path}[]`);
  const keys = Object.keys(value).sort();
  if (keys.length === 0) return `${path}: {}\n`;
  return keys.map((key) => shapeOf((value as Record<string, unknown>)[key], pathOf(path, key))).join('');
}

function pathOf(path: string, key: string): string {
  const name = /^[0-9a-f]{64}$/.test(key) ? '<id>' : key;
  return path === '' ? name : `${path}.${name}`;
}
