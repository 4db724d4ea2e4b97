/** How Go writes values: what the classic builder put into an image's history and its messages, and clients read there. */

const named: Record<string, string> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

/** `%q` of a string: strconv.Quote. */
export function goQuote(text: string): string {
  return `"${[...text].map((character) => (character === '"' ? '\\"' : escaped(character))).join('')}"`;
}

/** `%q` of a number: strconv.QuoteRune. */
export function goQuoteRune(code: number): string {
  const character = String.fromCodePoint(code);
  return `'${character === "'" ? "\\'" : escaped(character)}'`;
}

/** `%q` of a list of strings. */
export function goQuoteList(words: readonly string[]): string {
  return `[${words.map(goQuote).join(' ')}]`;
}

function escaped(character: string): string {
  const known = named[character];
  if (known !== undefined) return known;
  if (/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}

const units: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** time.ParseDuration, in nanoseconds; null for what it does not take. */
export function goDurationParse(text: string): number | null {
  const [, sign = '', rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === '0') return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) return null;
  let total = 0;
  for (const [, count, unit] of rest.matchAll(/([\d.]+)(ns|us|µs|μs|ms|s|m|h)/g)) total += Number(count) * Number(units[unit ?? ''] ?? 0n);
  return Math.trunc(sign === '-' ? -total : total);
}

/** time.Duration's String: `1m30s`, `500ms`, `0s`. */
export function goDurationText(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  const sign = nanoseconds < 0 ? '-' : '';
  const left = Math.abs(nanoseconds);
  if (left < 1e9) {
    const [size, unit] = left < 1e3 ? [1, 'ns'] : left < 1e6 ? [1e3, 'µs'] : [1e6, 'ms'];
    return `${sign}${left / size}${unit}`;
  }
  const hours = Math.floor(left / 3.6e12);
  const minutes = Math.floor((left % 3.6e12) / 6e10);
  const seconds = (left % 6e10) / 1e9;
  const head = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : '';
  return `${sign}${head}${seconds}s`;
}
