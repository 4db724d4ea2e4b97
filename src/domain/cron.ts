/** The moments of a schedule: the five fields of crontab(5), read once. All of it is in UTC. */
export interface Cron {
  minutes: ReadonlySet<number>;
  hours: ReadonlySet<number>;
  days: ReadonlySet<number>;
  months: ReadonlySet<number>;
  weekdays: ReadonlySet<number>;
  /** Where both are restricted, a day that meets either one will do, as crontab(5) has it. */
  eitherDay: boolean;
}

const dayMs = 86_400_000;
/** The longest way from one 29th of February to the next, past a year such as 2100. */
const searchDays = 8 * 366 + 1;
const monthNames = ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** `30 2 * * mon-fri`; null for what is no schedule. */
export function cronParse(text: string): Cron | null {
  const fields = text.trim().split(/\s+/);
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  const minutes = fieldParse(minute, 0, 59);
  const hours = fieldParse(hour, 0, 23);
  const days = fieldParse(day, 1, 31);
  const months = fieldParse(month, 1, 12, monthNames);
  const weekdays = fieldParse(weekday, 0, 7, weekdayNames);
  if (fields.length !== 5 || !minutes || !hours || !days || !months || !weekdays) return null;
  // Both 0 and 7 are Sunday.
  if (weekdays.has(7)) weekdays.add(0);
  return { minutes, hours, days, months, weekdays, eitherDay: !day.startsWith('*') && !weekday.startsWith('*') };
}

/** The first moment after `after`, both in milliseconds of the epoch; null when there is none, as for the 30th of February. */
export function cronNext(cron: Cron, after: number): number | null {
  const first = new Date(Math.floor(after / 60_000) * 60_000 + 60_000);
  const midnight = first.getTime() - (first.getTime() % dayMs);
  for (let day = 0; day < searchDays; day++) {
    const date = new Date(midnight + day * dayMs);
    if (!dayMeets(cron, date)) continue;
    const from = day === 0 ? first.getUTCHours() * 60 + first.getUTCMinutes() : 0;
    for (let minute = from; minute < 1_440; minute++) {
      if (cron.hours.has(Math.floor(minute / 60)) && cron.minutes.has(minute % 60)) return date.getTime() + minute * 60_000;
    }
  }
  return null;
}

function dayMeets(cron: Cron, date: Date): boolean {
  if (!cron.months.has(date.getUTCMonth() + 1)) return false;
  const [day, weekday] = [cron.days.has(date.getUTCDate()), cron.weekdays.has(date.getUTCDay())];
  return cron.eitherDay ? day || weekday : day && weekday;
}

function fieldParse(text: string, min: number, max: number, names: readonly string[] = []): Set<number> | null {
  const values = new Set<number>();
  for (const part of text.toLowerCase().split(',')) {
    const [, star, from = '', to, step] = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    const low = star === undefined ? valueParse(from, names) : min;
    // `5/10` is from 5 to the end, in steps of 10.
    const high = to !== undefined ? valueParse(to, names) : star !== undefined || step !== undefined ? max : low;
    const stride = step === undefined ? 1 : Number(step);
    if (low === null || high === null || low < min || high > max || low > high || stride < 1) return null;
    for (let value = low; value <= high; value += stride) values.add(value);
  }
  return values;
}

function valueParse(text: string, names: readonly string[]): number | null {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const index = names.indexOf(text);
  return text === '' || index < 0 ? null : index;
}
