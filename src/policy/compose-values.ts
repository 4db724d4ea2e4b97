import { type Fields, printable } from './fields.ts';
import type { JsonObject, JsonValue } from './json.ts';

/** Values of a Compose file, where each scalar is a text. */

export function truth(fields: Fields, name: string): boolean {
  const text = fields.string(name).toLowerCase();
  if (text === '' || text === 'false') return false;
  if (text === 'true') return true;
  throw fields.malformed(name, 'must be true or false');
}

/** null when there is none. */
export function numberText(fields: Fields, name: string): number | null {
  const text = fields.string(name);
  if (text === '') return null;
  if (/^-?\d{1,15}(\.\d{1,9})?$/.test(text)) return Number(text);
  throw fields.malformed(name, `must be a number: ${printable(text)}`);
}

export function oneOf(fields: Fields, name: string, served: readonly string[]): string {
  const value = fields.string(name);
  if (served.includes(value)) return value;
  throw fields.refused(
    name,
    `${printable(value)} is not served; ${served.filter((word) => word !== '').join(', ')} would be, or leave it out`,
  );
}

/** Without what was not said. */
export function said(object: Record<string, JsonValue>): JsonObject {
  return Object.fromEntries(
    Object.entries(object).filter(
      ([, value]) => value !== null && value !== '' && !(typeof value === 'object' && Object.keys(value).length === 0),
    ),
  );
}
