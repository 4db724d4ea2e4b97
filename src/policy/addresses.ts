/** The literal addresses of a host, as numbers: what a resolver would use without asking anybody. No I/O. */

/** An IPv4 address in its one canonical spelling (`10.0.0.1`), as four bytes; null for anything else. */
export function ipv4Parse(text: string): number[] | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part))) return null;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : null;
}

/** An IPv6 address (RFC 4291, without zone) as eight 16-bit groups; null for anything else. */
export function ipv6Parse(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const groups = halves.map((half, index) => groupsParse(half, index === halves.length - 1));
  const [head, tail] = groups;
  if (!head || tail === null) return null;
  if (tail === undefined) return head.length === 8 ? head : null;
  const missing = 8 - head.length - tail.length;
  return missing >= 1 ? [...head, ...new Array<number>(missing).fill(0), ...tail] : null;
}

function groupsParse(text: string, mayEndInIpv4: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const ipv4 = mayEndInIpv4 && index === parts.length - 1 ? ipv4Parse(part) : null;
    if (ipv4) {
      const [a = 0, b = 0, c = 0, d = 0] = ipv4;
      groups.push(a * 256 + b, c * 256 + d);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return null;
    }
  }
  return groups;
}

export type AddressKind = 'public' | 'loopback' | 'internal' | 'not-an-address';

/**
 * Where a literal address leads. `internal` is everything that is neither loopback nor the public internet (IANA's special
 * purpose registries): private, carrier-grade, link-local with the metadata service, multicast, reserved, and IPv4 inside IPv6.
 */
export function addressKind(text: string): AddressKind {
  const ipv4 = ipv4Parse(text);
  if (ipv4) return ipv4Kind(ipv4);
  const ipv6 = ipv6Parse(text);
  return ipv6 ? ipv6Kind(ipv6) : 'not-an-address';
}

function ipv4Kind(bytes: number[]): AddressKind {
  const [a = 0, b = 0, c = 0] = bytes;
  if (a === 127) return 'loopback';
  const internal =
    a === 0 ||
    a === 10 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 192 && b === 0 && (c === 0 || c === 2)) ||
    (a === 192 && b === 88 && c === 99) ||
    (a === 198 && (b === 18 || b === 19)) ||
    (a === 198 && b === 51 && c === 100) ||
    (a === 203 && b === 0 && c === 113) ||
    a >= 224;
  return internal ? 'internal' : 'public';
}

function ipv6Kind(groups: number[]): AddressKind {
  const [first = 0, second = 0] = groups;
  if (groups.slice(0, 7).every((group) => group === 0) && groups[7] === 1) return 'loopback';
  // Only 2000::/3 is routed. Within it 2001::/23 is special, 2001:db8::/32 documentation, and 2002::/16 carries an IPv4 address.
  const routed = (first & 0xe000) === 0x2000;
  const special = (first === 0x2001 && (second < 0x200 || second === 0xdb8)) || first === 0x2002;
  return routed && !special ? 'public' : 'internal';
}
