import type { PublishedPort } from '../domain/container-spec.ts';
import { BerthError } from '../domain/errors.ts';
import { containerLimits } from '../domain/limits.ts';
import { addressKind } from './addresses.ts';
import { type Fields, printable } from './fields.ts';

/** HostConfig.PortBindings. A port without a binding (null or an empty list) is not published, as with an engine. */
export function portBindingsRead(host: Fields): PublishedPort[] {
  const ports: PublishedPort[] = [];
  for (const [written, bindings] of host.objectsMap('PortBindings', { maxEntries: containerLimits.publishedPorts })) {
    for (const binding of bindings) {
      const { containerPort, protocol } = containerPortRead(host, written);
      ports.push({ containerPort, protocol, hostIp: hostIpRead(binding), edgePorts: edgePortsRead(binding) });
      binding.end();
    }
  }
  if (ports.length > containerLimits.publishedPorts) {
    throw host.refused('PortBindings', `more than ${containerLimits.publishedPorts} ports cannot be published by one container`);
  }
  return ports;
}

/** The label `berth.proxy-protocol`. */
export function proxyProtocolRead(labels: Record<string, string>): boolean {
  const asked = labels['berth.proxy-protocol'] ?? 'false';
  if (asked !== 'true' && asked !== 'false') throw new BerthError('malformed', 'The label berth.proxy-protocol must be true or false.');
  return asked === 'true';
}

function containerPortRead(host: Fields, written: string): { containerPort: number; protocol: 'tcp' | 'udp' } {
  const [, port = '', protocol = 'tcp'] = /^([0-9]{1,5})(?:\/([a-z]+))?$/i.exec(written) ?? [];
  const containerPort = portNumber(port);
  if (containerPort === null) throw host.malformed('PortBindings', `has an entry that is not a port: ${printable(written)}`);
  const known = protocol.toLowerCase();
  if (known === 'tcp' || known === 'udp') return { containerPort, protocol: known };
  throw host.refused('PortBindings', `${printable(written)} is neither tcp nor udp, and the edge knows no other protocol`);
}

function hostIpRead(binding: Fields): string {
  const hostIp = binding.string('HostIp', { maxLength: 64 });
  if (hostIp === '' || addressKind(hostIp) !== 'not-an-address') return hostIp;
  throw binding.malformed('HostIp', `is not an IP address: ${printable(hostIp)}`);
}

function edgePortsRead(binding: Fields): PublishedPort['edgePorts'] {
  const written = binding.string('HostPort', { maxLength: 16 });
  if (written === '' || written === '0') return null;
  const [, from = '', to = from] = /^([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(written) ?? [];
  const [first, last] = [portNumber(from), portNumber(to)];
  if (first !== null && last !== null && first <= last) return { first, last };
  throw binding.malformed('HostPort', `is neither a port nor a range of ports: ${printable(written)}`);
}

function portNumber(digits: string): number | null {
  const port = Number(digits);
  return digits !== '' && port >= 1 && port <= 65_535 ? port : null;
}
