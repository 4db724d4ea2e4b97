import { BerthError } from '../domain/errors.ts';
import { printable } from './fields.ts';

/** A moment as the log parameters have it: Unix seconds with an optional fraction; 0 and nothing mean no bound. */
export function logTimeRead(name: string, text: string | null): string | undefined {
  if (text === null || text === '' || text === '0') return undefined;
  if (/^-?[0-9]{1,12}(\.[0-9]{1,9})?$/.test(text)) return text;
  throw new BerthError('malformed', `The parameter ${name} must be a time in Unix seconds, not "${printable(text)}".`);
}
