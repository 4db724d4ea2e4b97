import { describe, expect, it } from 'vitest';
import { cronNext, cronParse } from '../../../src/domain/cron.ts';

/** The first moments of a schedule after a moment, in UTC. */
function moments(schedule: string, after: string, count = 3): string[] {
  const cron = cronParse(schedule);
  if (!cron) throw new Error(`no schedule: ${schedule}`);
  const found: string[] = [];
  for (let at = Date.parse(`${after}Z`); found.length < count; ) {
    const next = cronNext(cron, at);
    if (next === null) break;
    found.push(new Date(next).toISOString().slice(0, 16));
    at = next;
  }
  return found;
}

describe('a schedule', () => {
  it('comes at its next moment and never at the present one', () => {
    expect(moments('* * * * *', '2026-01-01T00:00:00', 2)).toEqual(['2026-01-01T00:01', '2026-01-01T00:02']);
    expect(moments('* * * * *', '2026-01-01T00:00:59.999', 1)).toEqual(['2026-01-01T00:01']);
    expect(moments('30 2 * * *', '2026-01-01T02:30', 2)).toEqual(['2026-01-02T02:30', '2026-01-03T02:30']);
  });

  it('knows lists, ranges, steps and names', () => {
    expect(moments('*/20 9-10 * * *', '2026-01-01T09:30')).toEqual(['2026-01-01T09:40', '2026-01-01T10:00', '2026-01-01T10:20']);
    expect(moments('5/25 0 * * *', '2026-01-01T00:00')).toEqual(['2026-01-01T00:05', '2026-01-01T00:30', '2026-01-01T00:55']);
    expect(moments('0 0 1,15 jan-MAR *', '2026-02-02T00:00')).toEqual(['2026-02-15T00:00', '2026-03-01T00:00', '2026-03-15T00:00']);
    expect(moments('0 0 * * sat,7', '2026-01-01T00:00')).toEqual(['2026-01-03T00:00', '2026-01-04T00:00', '2026-01-10T00:00']);
  });

  it('takes a day that meets either the day or the weekday, where both are said', () => {
    expect(moments('0 0 13 * fri', '2026-01-01T00:00')).toEqual(['2026-01-02T00:00', '2026-01-09T00:00', '2026-01-13T00:00']);
    expect(moments('0 0 */2 * fri', '2026-01-01T00:00', 2)).toEqual(['2026-01-09T00:00', '2026-01-23T00:00']);
  });

  it('finds a leap day, also past a year that has none, and no day that never comes', () => {
    expect(moments('0 0 29 2 *', '2096-03-01T00:00', 1)).toEqual(['2104-02-29T00:00']);
    expect(moments('0 0 30 2 *', '2026-01-01T00:00', 1)).toEqual([]);
  });

  it('is null for what is none', () => {
    const wrong = [
      '',
      '* * * *',
      '* * * * * *',
      '60 * * * *',
      '* 24 * * *',
      '* * 0 * *',
      '* * * 13 *',
      '* * * * 8',
      '5-1 * * * *',
      '*/0 * * * *',
    ];
    for (const text of [...wrong, 'a * * * *', '* * * * funday', '1,,2 * * * *', '@daily', '-1 * * * *', '1- * * * *'])
      expect(cronParse(text), text).toBeNull();
  });
});
