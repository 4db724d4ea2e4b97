import { readFile } from 'node:fs/promises';
import { Engine } from '../../src/engine/engine.ts';
import { processMustRun } from '../../src/runtime/local/process.ts';
import type { FleetHost } from '../fleet/fleet.ts';
import { containerPowers } from './powers.ts';

// biome-ignore lint/suspicious/noExplicitAny: an engine's documents
type Document = any;

const tenantLabel = 'io.berth.tenant';
/** Moby's default capabilities as the kernel writes them. */
const defaultCapabilityMask = 0xa80425fbn;

/** What a host shows to somebody who stands beside Berth: its daemon's own answers, and the kernel's. */
export interface HostState {
  containers: Document[];
  networks: Document[];
  volumes: Document[];
  /** `name:tag` -> id */
  tags: Record<string, string>;
  /** Addresses in the host's own namespace that something listens on. */
  listening: string[];
  /** Of the containers that run: what the kernel lets their first process do. */
  capabilities: bigint[];
}

export async function hostState(host: FleetHost): Promise<HostState> {
  const engine = new Engine({ url: `unix://${host.socket}`, tls: null });
  try {
    const get = (path: string) => engine.json<Document>({ method: 'GET', path });
    const listed = await get('/containers/json?all=1');
    const containers = await Promise.all(listed.map(({ Id }: Document) => get(`/containers/${Id}/json`)));
    const networks = await Promise.all((await get('/networks')).map(({ Id }: Document) => get(`/networks/${Id}`)));
    const volumes = (await get('/volumes')).Volumes ?? [];
    const images: Document[] = await get('/images/json?all=1');
    const tags = Object.fromEntries(images.flatMap(({ Id, RepoTags }) => (RepoTags ?? []).map((tag: string) => [tag, Id])));
    const sockets = await processMustRun(['nsenter', `--net=${host.namespace}`, 'cat', '/proc/net/tcp', '/proc/net/tcp6']);
    const listening = sockets.split('\n').flatMap((line) => (/^\s*\d+: (\S+) \S+ 0A /.exec(line)?.[1] ?? []) as string[]);
    const pids = containers.map(({ State }) => State.Pid).filter((pid) => pid > 0);
    const capabilities = await Promise.all(pids.map(async (pid) => capabilitiesOf(await readFile(`/proc/${pid}/status`, 'utf8'))));
    return { containers, networks, volumes, tags, listening: [...new Set(listening)].sort(), capabilities };
  } finally {
    engine.close();
  }
}

function capabilitiesOf(status: string): bigint {
  return BigInt(`0x${/CapBnd:\s*([0-9a-f]+)/.exec(status)?.[1] ?? 'ffffffffffffffff'}`);
}

/** Everything on a host that no tenant may have, in words. */
export function hostPowers(host: HostState): string[] {
  const owner = new Map(host.containers.map(({ Id, Config }) => [Id, Config.Labels?.[tenantLabel]]));
  const networkOwner = new Map(host.networks.map(({ Name, Labels }) => [Name, Labels?.[tenantLabel]]));
  const found: string[] = [];
  for (const document of host.containers) {
    const tenant = document.Config.Labels?.[tenantLabel];
    const own = containerPowers(document, (name) => tenant !== undefined && networkOwner.get(name) === tenant);
    for (const mode of ['NetworkMode', 'PidMode', 'IpcMode']) {
      const [, other] = /^container:(.*)$/.exec(document.HostConfig[mode] ?? '') ?? [];
      if (other !== undefined && owner.get(other) !== tenant) own.push(`${mode} of another tenant's container`);
    }
    if (tenant === undefined) own.push('a container without an owner');
    found.push(...own.map((power) => `${document.Name}: ${power}`));
  }
  for (const { Name, Driver, Options, IPAM, Labels } of host.networks) {
    if (['bridge', 'host', 'none'].includes(Name)) continue;
    const subnets: string[] = (IPAM.Config ?? []).map(({ Subnet }: Document) => Subnet);
    if (Driver !== 'bridge' || Object.keys(Options ?? {}).length > 0) found.push(`network ${Name}: ${Driver} ${JSON.stringify(Options)}`);
    if (Labels?.[tenantLabel] === undefined) found.push(`network ${Name}: nobody's`);
    if (!subnets.every((subnet) => /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(subnet))) found.push(`network ${Name}: ${subnets}`);
  }
  for (const { Name, Driver, Options } of host.volumes)
    if (Driver !== 'local' || Object.keys(Options ?? {}).length > 0) found.push(`volume ${Name}: ${JSON.stringify(Options)}`);
  for (const mask of host.capabilities) if ((mask & ~defaultCapabilityMask) !== 0n) found.push(`capabilities ${mask.toString(16)}`);
  return found;
}
