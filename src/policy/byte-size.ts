const units = ['', 'k', 'm', 'g', 't'];

/** Bytes of `512m`, `1.5g`, `64MiB` or `1024`: Docker's units, all of them powers of 1024; null for anything else. */
export function bytesParse(text: string): number | null {
  const [, count, unit = ''] = /^(\d{1,15}(?:\.\d{1,6})?)\s?(?:([kmgt])i?b?|b)?$/i.exec(text) ?? [];
  if (count === undefined) return null;
  const bytes = Math.round(Number(count) * 1024 ** units.indexOf(unit.toLowerCase()));
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** The shortest way to write it. */
export function bytesText(bytes: number): string {
  for (let unit = units.length - 1; unit > 0; unit--)
    if (bytes > 0 && bytes % 1024 ** unit === 0) return `${bytes / 1024 ** unit}${units[unit]}`;
  return String(bytes);
}
