import { BerthError } from '../domain/errors.ts';
import type { Query } from './query.ts';

/** The `h` and `w` of a resize, in characters. */
export function terminalSizeRead(query: Query): { height: number; width: number } {
  const height = query.int('h') ?? 0;
  const width = query.int('w') ?? 0;
  if (height < 0 || width < 0 || height > 65_535 || width > 65_535)
    throw new BerthError('malformed', 'A terminal has between 0 and 65535 rows and columns.');
  return { height, width };
}
