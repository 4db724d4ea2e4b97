import { BerthError } from '../domain/errors.ts';
import { durationParse } from './duration.ts';
import { printable } from './fields.ts';

/**
 * A moment as the filter `until` has it, in milliseconds since 1970: `24h` ago, Unix seconds, or a date with or without a time and a
 * zone, which is UTC where there is none. Source: moby, api/types/time/timestamp.go.
 */
export function momentRead(name: string, text: string, nowMs: number): number {
  const agoMs = text === '' ? null : durationParse(text);
  if (agoMs !== null && text !== '0') return nowMs - agoMs;
  if (/^[0-9]{1,12}(\.[0-9]{1,9})?$/.test(text)) return Number(text) * 1000;
  const [, date, hour = '00', minutes = ':00', seconds = ':00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d)(:\d\d)?(:\d\d(?:\.\d{1,9})?)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  const ms = date === undefined ? Number.NaN : Date.parse(`${date}T${hour}${minutes}${seconds}${zone}`);
  if (Number.isNaN(ms)) throw new BerthError('malformed', `invalid filter '${name}=${printable(text)}': it is no time`);
  return ms;
}
