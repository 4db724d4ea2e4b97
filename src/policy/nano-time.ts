/** Nanoseconds since 1970 of a moment in RFC 3339, of which engines write up to nine digits of the second. Throws for anything else. */
export function nanoTimeRead(text: string): bigint {
  const [, whole = '', fraction = '', zone = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const ms = Date.parse(whole + zone);
  if (Number.isNaN(ms)) throw new RangeError('not a time in RFC 3339');
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** As an engine takes a moment in a query: seconds, with nine digits after the point. */
export function nanoTimeSeconds(nano: bigint): string {
  return `${nano / 1_000_000_000n}.${String(nano % 1_000_000_000n).padStart(9, '0')}`;
}

/** Nanoseconds of seconds with up to nine digits after the point, as clients send them. */
export function nanoTimeOfSeconds(text: string): bigint {
  const [, sign = '', seconds = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  const nano = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  return sign === '' ? nano : -nano;
}
