/** Go's zero time, which stands for "never" in the Engine API. */
export const timeNever = '0001-01-01T00:00:00Z';

export function timeIsNever(time: string): boolean {
  return time.startsWith('0001-01-01T00:00:00');
}

/** Whole seconds since 1970, as Go's Time.Unix. */
export function unixSeconds(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}

/**
 * A string that sorts as the time does, to the nanosecond, for UTC times as engines write them. Go leaves the trailing zeros of a
 * fraction out, and the fraction of a whole second: only the Z would come after a digit that another has there.
 */
export function timeSortKey(time: string): string {
  return time.replace(/Z$/, '');
}

/** "About a minute", "4 hours": the words of Docker's go-units HumanDuration. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.trunc(milliseconds / 60_000);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.trunc(milliseconds / 3_600_000 + 0.5);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`;
  return `${Math.trunc(Math.trunc(milliseconds / 3_600_000) / 24 / 365)} years`;
}

/** For how many milliseconds more a duration that grows has the same words: hours and what is made of them are rounded at the half. */
export function humanDurationLasts(milliseconds: number): number {
  const step = milliseconds < 60_000 ? 1_000 : milliseconds < 3_600_000 ? 60_000 : 1_800_000;
  return (Math.floor(milliseconds / step) + 1) * step - milliseconds;
}
