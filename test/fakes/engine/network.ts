import type { Container } from './container.ts';
import type { EndpointRequest } from './container-config.ts';
import { EngineError } from './engine-error.ts';
import { idNew } from './ids.ts';
import type { EngineState } from './state.ts';

export interface Network {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly created: bigint;
  /** null for `host` and `none`. */
  readonly subnet: Subnet | null;
  readonly ipam: { Driver: string; Options: unknown; Config: { Subnet: string; Gateway?: string }[] };
  readonly labels: Record<string, string>;
  readonly options: Record<string, string>;
  readonly internal: boolean;
  readonly attachable: boolean;
  /** Container ids with an address here, that is those that run. */
  readonly members: Set<string>;
  readonly taken: Set<number>;
}

/** `first` is the network address as a number. */
export interface Subnet {
  first: number;
  bits: number;
}

/** A container's place on a network: what was asked, and what it has while it runs. */
export interface Endpoint {
  request: EndpointRequest;
  joined: { networkId: string; endpointId: string; address: number } | null;
}

export const predefined = ['bridge', 'host', 'none'];

/** By id, then name, then prefix of an id. Throws 400 for a name that two networks have. */
export function networkFind(engine: EngineState, ref: string): Network {
  const byId = engine.networks.get(ref);
  if (byId !== undefined) return byId;
  const all = [...engine.networks.values()];
  const named = all.filter(({ name }) => name === ref);
  if (named.length > 1) throw new EngineError(400, `${named.length} matches found based on name: network ${ref} is ambiguous`);
  const found = named[0] ?? (ref === '' ? undefined : all.find(({ id }) => id.startsWith(ref)));
  if (found === undefined) throw new EngineError(404, `network ${ref} not found`);
  return found;
}

export function subnetParse(text: string): Subnet {
  const [address = '', length = ''] = text.split('/');
  const bits = Number(length);
  const whole = addressParse(address);
  if (!(bits > 0 && bits <= 30)) throw new EngineError(400, `invalid CIDR address: ${text}`);
  return { first: whole - (whole % 2 ** (32 - bits)), bits };
}

function addressParse(text: string): number {
  const parts = text.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) throw new EngineError(400, `invalid IP address: ${text}`);
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

export function subnetText({ first, bits }: Subnet): string {
  return `${addressText(first)}/${bits}`;
}

export function subnetsOverlap(a: Subnet, b: Subnet): boolean {
  return a.first < b.first + 2 ** (32 - b.bits) && b.first < a.first + 2 ** (32 - a.bits);
}

export function addressText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** Gives the container an address and a name there, as a start or a connect to what runs does. */
export function endpointJoin(engine: EngineState, container: Container, network: Network, endpoint: Endpoint): void {
  const { Aliases, IPAMConfig } = endpoint.request;
  if (Aliases?.length && predefined.includes(network.name)) {
    throw new EngineError(400, 'network-scoped alias is supported only for containers in user defined networks');
  }
  const address = network.subnet === null ? 0 : addressTake(network, network.subnet, IPAMConfig?.IPv4Address);
  endpoint.joined = { networkId: network.id, endpointId: idNew(), address };
  network.members.add(container.id);
  engine.events.emit('network', 'connect', network.id, { container: container.id, name: network.name, type: network.driver });
}

export function endpointLeave(engine: EngineState, container: Container, endpoint: Endpoint): void {
  const { joined } = endpoint;
  const network = engine.networks.get(joined?.networkId ?? '');
  endpoint.joined = null;
  if (joined === null || network === undefined) return;
  network.members.delete(container.id);
  network.taken.delete(joined.address);
  disconnectEvent(engine, container, network);
}

export function disconnectEvent(engine: EngineState, container: Container, network: Network): void {
  engine.events.emit('network', 'disconnect', network.id, { container: container.id, name: network.name, type: network.driver });
}

function addressTake(network: Network, subnet: Subnet, wanted: string | undefined): number {
  const last = subnet.first + 2 ** (32 - subnet.bits) - 2;
  if (wanted) {
    const address = addressParse(wanted);
    if (network.taken.has(address)) throw new EngineError(403, 'Address already in use');
    network.taken.add(address);
    return address;
  }
  // .1 is the gateway's.
  for (let address = subnet.first + 2; address <= last; address += 1) {
    if (network.taken.has(address)) continue;
    network.taken.add(address);
    return address;
  }
  throw new EngineError(403, `no available IPv4 addresses on this network's address pools: ${network.name} (${network.id})`);
}
