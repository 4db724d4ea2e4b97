/** Go's zero time, which an engine shows for what has not happened. */
export const zeroTime = '0001-01-01T00:00:00Z';

/** Nanoseconds since 1970 that never repeat, as event consumers rely on their order. */
export class EngineClock {
  readonly #milliseconds: () => number;
  #last = 0n;

  constructor(milliseconds: () => number) {
    this.#milliseconds = milliseconds;
  }

  nanos(): bigint {
    const read = BigInt(Math.trunc(this.#milliseconds())) * 1_000_000n;
    this.#last = read > this.#last ? read : this.#last + 1n;
    return this.#last;
  }
}

/** RFC 3339 with up to nine decimals and no trailing zeros, as Go writes it. null: the zero time. */
export function rfc3339Nano(nanos: bigint | null): string {
  if (nanos === null) return zeroTime;
  const seconds = new Date(Number(nanos / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  const fraction = String(nanos % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return fraction === '' ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}

/** Reads `since` and `until`: seconds with an optional fraction. */
export function nanosParse(text: string): bigint {
  const [, seconds, fraction = ''] = /^(-?\d+)(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  if (seconds === undefined) throw new RangeError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** `Less than a second`, `2 minutes`: the words of `docker ps`, from docker/go-units' HumanDuration. */
export function durationWords(nanos: bigint): string {
  const seconds = Number(nanos / 1_000_000_000n);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.round(minutes / 60);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`;
  return `${Math.floor(hours / 24 / 365)} years`;
}
