const unitMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds of `10s`, `1m30s`, `500ms` or `0`, as Go and the Compose specification write durations; null for anything else. */
export function durationParse(text: string): number | null {
  if (text === '0') return 0;
  if (!/^(?:\d{1,9}(?:\.\d{1,3})?(?:ms|s|m|h))+$/.test(text)) return null;
  const parts = text.matchAll(/([\d.]+)(ms|s|m|h)/g);
  return Math.round([...parts].reduce((sum, [, count, unit]) => sum + Number(count) * (unitMs[unit as string] as number), 0));
}

/** The shortest way to write it. */
export function durationText(ms: number): string {
  for (const [unit, size] of [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const)
    if (ms > 0 && ms % size === 0) return `${ms / size}${unit}`;
  return ms === 0 ? '0s' : `${ms}ms`;
}
