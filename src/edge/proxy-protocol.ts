import { ipv4Parse, ipv6Parse } from '../policy/addresses.ts';

const signature = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const versionAndCommand = 0x21;
const tcp = { ipv4: 0x11, ipv6: 0x21 };
/** ::ffff:0:0/96: IPv4 inside IPv6. */
const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/**
 * The header that says who connects to whom: PROXY protocol, version 2, of a TCP connection.
 * Source: haproxy doc/proxy-protocol.txt, 2.2.
 */
export function proxyHeader(from: { address: string; port: number }, to: { address: string; port: number }): Uint8Array {
  const ends = [addressBytes(from.address), addressBytes(to.address)];
  const wide = ends.some((bytes) => bytes.length === 16);
  const addresses = ends.flatMap((bytes) => (wide && bytes.length === 4 ? [...mapped, ...bytes] : bytes));
  const body = [...addresses, ...twoBytes(from.port), ...twoBytes(to.port)];
  return Uint8Array.from([...signature, versionAndCommand, wide ? tcp.ipv6 : tcp.ipv4, ...twoBytes(body.length), ...body]);
}

function addressBytes(address: string): number[] {
  // A socket that takes both kinds reports an IPv4 client so.
  const plain = address.replace(/^::ffff:(?=[0-9.]+$)/i, '');
  return ipv4Parse(plain) ?? ipv6Parse(plain.replace(/%.*$/, ''))?.flatMap(twoBytes) ?? [0, 0, 0, 0];
}

function twoBytes(value: number): number[] {
  return [value >> 8, value & 0xff];
}
