import { ipv4Parse, ipv6Parse } from './addresses.ts';

interface Range {
  bits: string;
  family: 4 | 6;
}

/** An address or a network as Postgres's `cidr` wants it: no bit set beyond the prefix. null for anything else. */
export function addressRangeRead(text: string): string | null {
  const range = rangeParse(text);
  if (!range) return null;
  const [address = '', prefix] = text.split('/');
  const whole = rangeParse(address) as Range;
  return /1/.test(whole.bits.slice(range.bits.length)) ? null : `${address}/${prefix ?? whole.bits.length}`;
}

/** An IPv4 address that a socket tells as IPv6 (`::ffff:10.0.0.1`) as the IPv4 one; any other as it is. */
export function addressPlain(address: string): string {
  return address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
}

/** Whether the address lies in one of the networks. */
export function addressWithin(address: string, ranges: readonly string[]): boolean {
  const own = rangeParse(addressPlain(address));
  return own !== null && ranges.map(rangeParse).some((range) => range?.family === own.family && own.bits.startsWith(range.bits));
}

/** The bits that all addresses of the network begin with. */
function rangeParse(text: string): Range | null {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const [ipv4, ipv6] = [ipv4Parse(address), ipv6Parse(address)];
  const bits = ipv4 ? ipv4.map((byte) => binary(byte, 8)).join('') : (ipv6 ?? []).map((group) => binary(group, 16)).join('');
  const length = prefix === undefined ? bits.length : Number(prefix);
  return bits === '' || length > bits.length ? null : { bits: bits.slice(0, length), family: ipv4 ? 4 : 6 };
}

function binary(number: number, width: number): string {
  return number.toString(2).padStart(width, '0');
}
