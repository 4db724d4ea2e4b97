import { UsageError } from './command.ts';

const unitMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const longestMs = 3_650 * 86_400_000;

/** Milliseconds of `90m`, `12h` or `30d`. Throws UsageError naming the option. */
export function durationRead(option: string, text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const ms = Number(count) * (unitMs[unit] ?? 0);
  if (ms === 0 || ms > longestMs) throw new UsageError(`${option} takes a time as 90m, 12h or 30d, at most 3650d; not "${text}".`);
  return ms;
}
