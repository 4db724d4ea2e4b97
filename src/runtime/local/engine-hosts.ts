import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BerthError } from '../../domain/errors.ts';

/** Where an engine is reached, and what proves who is there. */
export interface EngineAddress {
  /** unix:///path or tcp://host:port */
  url: string;
  /** PEM. Always there for tcp: an engine without TLS belongs to whoever reaches its port. */
  certs?: { ca: string; cert: string; key: string };
  name: string;
  /** Where its published ports are reached, when the url does not say. */
  address?: string;
}

/**
 * Reads BERTH_HOSTS: `unix:///path` or `tcp://host:port?certs=/folder` (with ca.pem, cert.pem, key.pem), each with an optional
 * `name=`, separated by commas. Throws `malformed` naming the entry that is wrong.
 */
export async function engineHostsRead(list: string): Promise<EngineAddress[]> {
  const entries = list.split(',').map((entry) => entry.trim());
  const hosts = await Promise.all(entries.filter((entry) => entry !== '').map(entryRead));
  const twice = hosts.find((host, index) => hosts.findIndex((other) => other.name === host.name) !== index);
  if (twice) throw new BerthError('malformed', `BERTH_HOSTS has two hosts with the name '${twice.name}'. Tell them apart with name=.`);
  return hosts;
}

async function entryRead(entry: string): Promise<EngineAddress> {
  const wrong = (why: string, cause?: unknown) =>
    new BerthError('malformed', `BERTH_HOSTS has a wrong entry, '${entry}': ${why}`, { cause });
  if (!URL.canParse(entry)) throw wrong('it should be unix:///path or tcp://host:port?certs=/folder.');
  const url = new URL(entry);
  for (const key of url.searchParams.keys()) {
    if (key !== 'certs' && key !== 'name') throw wrong(`'${key}' is unknown; there are certs and name.`);
  }
  const name = url.searchParams.get('name');
  if (name === '') throw wrong('its name is empty.');
  if (url.protocol === 'unix:') {
    if (url.host !== '' || url.pathname.length < 2) throw wrong('a socket is written with three slashes: unix:///var/run/docker.sock.');
    return { url: `unix://${decodeURIComponent(url.pathname)}`, name: name ?? 'local' };
  }
  if (url.protocol !== 'tcp:') throw wrong(`'${url.protocol}//' is not known; there are unix:// and tcp://.`);
  if (url.hostname === '' || url.port === '') throw wrong('tcp:// needs a host and a port.');
  const folder = url.searchParams.get('certs');
  if (!folder) throw wrong('tcp:// needs ?certs=/folder, a folder with ca.pem, cert.pem and key.pem.');
  const pem = (kind: string) =>
    readFile(join(folder, `${kind}.pem`), 'utf8').catch((cause: unknown) => {
      throw wrong(`${kind}.pem in its certs folder cannot be read.`, cause);
    });
  const certs = { ca: await pem('ca'), cert: await pem('cert'), key: await pem('key') };
  return { url: `tcp://${url.host}`, certs, name: name ?? url.hostname };
}
