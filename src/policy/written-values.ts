import { bytesParse } from './byte-size.ts';
import { durationParse } from './duration.ts';
import { type Fields, printable } from './fields.ts';

/** Values as a person writes them in JSON, read into what they mean. */

/** One of the words that are served; the first one unless given. */
export function choiceRead<T extends string>(fields: Fields, name: string, served: readonly [T, ...T[]], unless: T = served[0]): T {
  const written = fields.string(name, { maxLength: 64 });
  if (written === '') return unless;
  const choice = served.find((word) => word === written);
  if (choice !== undefined) return choice;
  throw fields.malformed(name, `must be one of ${served.join(', ')}, not ${printable(written)}`);
}

/** A whole number within its bounds; `unless` when there is none, which may lie outside: then the field has to be there. */
export function wholeRead(fields: Fields, name: string, unless: number, min: number, max: number): number {
  return wholeOrNullRead(fields, name, min, max) ?? fields.within(name, unless, min, max);
}

export function wholeOrNullRead(fields: Fields, name: string, min: number, max: number): number | null {
  const value = fields.integerOrNull(name);
  return value === null ? null : fields.within(name, value, min, max);
}

/** A duration, in milliseconds. */
export function millisecondsRead(fields: Fields, name: string, unless: number, min: number, max: number): number {
  const written = fields.string(name, { maxLength: 32 });
  if (written === '') return unless;
  const ms = durationParse(written);
  if (ms === null) throw fields.malformed(name, `must be a duration, as "10s" or "1m30s": ${printable(written)}`);
  if (ms >= min && ms <= max) return ms;
  throw fields.refused(name, `${printable(written)} is outside of what is served, ${min / 1000} to ${max / 1000} seconds`);
}

/** A number of bytes; 0 when there is none. */
export function bytesRead(fields: Fields, name: string): number {
  const written = fields.string(name, { maxLength: 32 });
  if (written === '') return 0;
  const bytes = bytesParse(written);
  if (bytes === null) throw fields.malformed(name, `must be a size, as "512m" or "2g": ${printable(written)}`);
  return bytes;
}
