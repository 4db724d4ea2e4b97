import { BerthError } from '../domain/errors.ts';
import { addressKind } from './addresses.ts';
import { printable } from './fields.ts';

/**
 * Throws `refused` for a registry (`host[:port]`) that by its name alone leads inside: Berth would make the request for the
 * tenant and show the answer. `allowed` are the operator's exceptions, each a whole `host[:port]`. A public name can still
 * resolve to an inner address: whoever connects checks that too.
 */
export function registryAddressRefuse(registry: string, allowed: readonly string[]): void {
  const wanted = registry.toLowerCase();
  if (allowed.some((name) => name.toLowerCase() === wanted)) return;
  const [, bracketed, plain = ''] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::[0-9]{1,5})?$/.exec(wanted) ?? [];
  if (bracketed === undefined && plain === '') throw registryRefused(registry, 'it is not a host name');
  const kind = addressKind(bracketed ?? plain);
  if (kind === 'public') return;
  if (kind !== 'not-an-address' || bracketed !== undefined) throw registryRefused(registry, 'its address is not on the public internet');

  const name = plain.replace(/\.$/, '');
  const labels = name.split('.');
  const last = labels.at(-1) ?? '';
  // Resolvers read 127.1, 0x7f000001 and 2130706433 as addresses.
  if (/^([0-9]+|0x[0-9a-f]*)$/.test(last)) throw registryRefused(registry, 'its address is not on the public internet');
  if (labels.length === 1 || innerDomains.has(last) || name.endsWith('.home.arpa')) {
    throw registryRefused(registry, 'its name is not one of the public internet');
  }
}

/** Top-level names that never lead outside: RFC 2606, 6761, 6762, ICANN's .internal, and what routers hand out. */
const innerDomains = new Set([
  'localhost',
  'local',
  'localdomain',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'test',
  'example',
  'invalid',
  'onion',
]);

export function registryRefused(registry: string, why: string): BerthError {
  return new BerthError(
    'refused',
    `The registry ${printable(registry)} is not allowed: ${why}. Use a public registry, or ask the operator to allow this one.`,
  );
}
