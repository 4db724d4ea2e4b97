import { cronNext, cronParse } from '../domain/cron.ts';
import { BerthError } from '../domain/errors.ts';
import { printable } from '../policy/fields.ts';

/** The first moment of a schedule after now; null for none. Throws `malformed` for what is no schedule, `unprocessable` for one that never comes. */
export function scheduleFirst(schedule: string | null): Date | null {
  if (schedule === null) return null;
  const cron = cronParse(schedule);
  if (!cron)
    throw new BerthError(
      'malformed',
      `schedule: must be the five fields of crontab, minute, hour, day, month and weekday, as "30 2 * * mon-fri": ${printable(schedule)}`,
    );
  const next = cronNext(cron, Date.now());
  if (next === null) throw new BerthError('unprocessable', `schedule: no day ever meets ${printable(schedule)}`);
  return new Date(next);
}
