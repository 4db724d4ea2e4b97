import { BerthError } from '../domain/errors.ts';
import { printable } from './fields.ts';

/** A signal by name or number, as `docker kill` takes it; null and '' are the container's own. */
export function signalRead(text: string | null): string | null {
  if (text === null || text === '') return null;
  if (/^(SIG)?[A-Z][A-Z0-9+-]{1,11}$/i.test(text) || /^[0-9]{1,2}$/.test(text)) return text;
  throw new BerthError('malformed', `Invalid signal: ${printable(text)}`);
}
