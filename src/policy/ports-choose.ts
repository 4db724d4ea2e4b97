import type { ContainerSpec } from '../domain/container-spec.ts';
import { addressKind } from './addresses.ts';

type Protocol = 'tcp' | 'udp';

export interface ContainerPort {
  containerPort: number;
  protocol: Protocol;
}

/** One port of the edge that a container wants, before it has a number. */
export interface PortWish extends ContainerPort {
  loopback: boolean;
  /** null: whichever is free. */
  edgePorts: { first: number; last: number } | null;
}

export interface EdgePort extends ContainerPort {
  loopback: boolean;
  port: number;
}

/**
 * Where a port that nobody chose comes from: below the range from which Linux takes the ports of outgoing connections (32768 to 60999),
 * since one of those would keep the edge from listening; and apart from what Berth binds on hosts, which may be this machine.
 */
export const edgePortRange = { first: 10_000, last: 19_999 };
export const hostPortRange = { first: 20_000, last: 29_999 };

/** Every port of a container that has to be bound on its host. `imagePorts`: what its image exposes, `80/tcp`. */
export function containerPortsPublished(spec: ContainerSpec, imagePorts: readonly string[]): ContainerPort[] {
  if (spec.network.mode !== 'networks') return [];
  const exposed = spec.publishAllPorts ? [...spec.exposedPorts, ...imagePorts].flatMap(exposedPort) : [];
  const all = [...spec.ports.map(({ containerPort, protocol }) => ({ containerPort, protocol })), ...exposed];
  return [...new Map(all.map((port) => [portKey(port), port])).values()];
}

function exposedPort(written: string): ContainerPort[] {
  const [, port, protocol = 'tcp'] = /^(\d+)(?:\/(\w+))?$/.exec(written) ?? [];
  return port !== undefined && (protocol === 'tcp' || protocol === 'udp') ? [{ containerPort: Number(port), protocol }] : [];
}

/** What a container wants of the edge. `published`: containerPortsPublished of its creation; those that no `-p` names come from `-P`. */
export function portWishes(spec: ContainerSpec, published: readonly ContainerPort[]): PortWish[] {
  const asked = spec.ports.map(({ containerPort, protocol, hostIp, edgePorts }) => ({
    ...{ containerPort, protocol, edgePorts },
    loopback: addressKind(hostIp) === 'loopback',
  }));
  // The same port asked for on 0.0.0.0 and on :: is one port of the edge.
  const wishes = asked.filter((wish, index) => wish.edgePorts === null || asked.findIndex((other) => sameFixed(wish, other)) === index);
  const named = new Set(asked.map(portKey));
  const others = published.filter((port) => !named.has(portKey(port)));
  return [...wishes, ...others.map(({ containerPort, protocol }) => ({ containerPort, protocol, edgePorts: null, loopback: false }))];
}

/**
 * Gives each wish a port: the one it had before where that is free, else the first free one of those asked for, else any.
 * `taken`: ports that somebody has now; `remembered`: ports of containers that are stopped, which only an express wish may take.
 * Answers the first wish that cannot be met, with the port to name.
 */
export function portsChoose(
  wishes: readonly PortWish[],
  known: {
    before: readonly EdgePort[];
    taken(protocol: Protocol, port: number): boolean;
    remembered(protocol: Protocol, port: number): boolean;
    /** A whole number from 0 to `below` - 1. */
    random(below: number): number;
  },
): { chosen: (PortWish & { port: number })[] } | { refused: PortWish; port: number } {
  const own = new Set<string>();
  const chosen: (PortWish & { port: number })[] = [];
  const spare = [...known.before];
  // Whoever names a port comes first, or a wish for any could take it away.
  for (const wish of [...wishes].sort((a, b) => width(a) - width(b))) {
    const free = (port: number) => !own.has(`${port}/${wish.protocol}`) && !known.taken(wish.protocol, port);
    const index = spare.findIndex(
      (before) => portKey(before) === portKey(wish) && before.loopback === wish.loopback && within(wish, before.port) && free(before.port),
    );
    const [before] = index < 0 ? [] : spare.splice(index, 1);
    const port = before?.port ?? freePort(wish, known, free);
    if (port === null) return { refused: wish, port: wish.edgePorts?.first ?? edgePortRange.first };
    own.add(`${port}/${wish.protocol}`);
    chosen.push({ ...wish, port });
  }
  return { chosen };
}

function freePort(wish: PortWish, known: Parameters<typeof portsChoose>[1], free: (port: number) => boolean): number | null {
  const { first, last } = wish.edgePorts ?? edgePortRange;
  const count = last - first + 1;
  // Not the lowest: who still calls a port that was given up must not find another tenant there a moment later.
  const start = wish.edgePorts === null ? known.random(count) : 0;
  for (let i = 0; i < count; i++) {
    const port = first + ((start + i) % count);
    if (free(port) && (wish.edgePorts !== null || !known.remembered(wish.protocol, port))) return port;
  }
  return null;
}

function within({ edgePorts }: PortWish, port: number): boolean {
  return edgePorts === null || (port >= edgePorts.first && port <= edgePorts.last);
}

function width({ edgePorts }: PortWish): number {
  return edgePorts === null ? 65_536 : edgePorts.last - edgePorts.first;
}

function sameFixed(a: PortWish, b: PortWish): boolean {
  return (
    portKey(a) === portKey(b) &&
    a.loopback === b.loopback &&
    a.edgePorts?.first === b.edgePorts?.first &&
    a.edgePorts?.last === b.edgePorts?.last
  );
}

export function portKey({ containerPort, protocol }: ContainerPort): string {
  return `${containerPort}/${protocol}`;
}
