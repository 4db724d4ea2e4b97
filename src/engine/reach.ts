import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** The IP address at which an engine's machine is reached from here: what its published ports are bound to. Throws when a name leads nowhere. */
export async function engineReach(url: string): Promise<string> {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'unix:') return '127.0.0.1';
  const literal = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(literal) !== 0 ? literal : (await lookup(literal)).address;
}
