import type { EngineContainerInspect, EngineEndpointSettings } from '../../engine/inspect-types.ts';
import { apiChanged } from '../versions.ts';
import type { ContainerIdentity, NetworkName } from './container-identity.ts';
import { noneNetworkId } from './network-builtin.ts';

interface EndpointView extends EngineEndpointSettings {
  IPAMConfig: { IPv4Address?: string; IPv6Address?: string } | null;
  Links: string[] | null;
  Aliases: string[] | null;
  DriverOpts: null;
  DNSNames?: string[] | null;
}

export interface OwnEndpoint extends NetworkName {
  endpoint: EngineEndpointSettings | null;
}

/** A container's endpoints under the tenant's names, in the order of the names as Go's JSON has them. */
export function containerEndpoints(engine: EngineContainerInspect, own: ContainerIdentity): OwnEndpoint[] {
  const shown: OwnEndpoint[] = [];
  for (const [engineName, endpoint] of Object.entries(engine.NetworkSettings.Networks ?? {})) {
    const network = networkName(engineName, endpoint, own);
    if (network && !shown.some(({ name }) => name === network.name)) shown.push({ ...network, endpoint });
  }
  return shown.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The `Networks` of a container; `list` is that of `GET /containers/json`, which has neither aliases nor links. */
export function containerNetworksView(
  engine: EngineContainerInspect,
  own: ContainerIdentity,
  apiVersion: string,
  detail: 'list' | 'inspect',
): Record<string, EndpointView> {
  return Object.fromEntries(
    containerEndpoints(engine, own).map((endpoint) => [endpoint.name, endpointView(endpoint, own, apiVersion, detail)]),
  );
}

/** Inspect's `NetworkSettings`. Sandbox ids and keys are the host's, and so are the ports that its bindings name. */
export function containerNetworkSettings(engine: EngineContainerInspect, own: ContainerIdentity, apiVersion: string): object {
  const Networks = containerNetworksView(engine, own, apiVersion, 'inspect');
  const { bridge } = Networks;
  return {
    Bridge: '',
    SandboxID: '',
    SandboxKey: '',
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    Ports: Object.fromEntries(
      containerPorts(engine, own).map(({ written, published }) => [
        written,
        published.length > 0 ? published.map(({ ip, port }) => ({ HostIp: ip, HostPort: String(port) })) : null,
      ]),
    ),
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    // The fields of the default network again, from before a container could have several.
    EndpointID: bridge?.EndpointID ?? '',
    Gateway: bridge?.Gateway ?? '',
    GlobalIPv6Address: bridge?.GlobalIPv6Address ?? '',
    GlobalIPv6PrefixLen: bridge?.GlobalIPv6PrefixLen ?? 0,
    IPAddress: bridge?.IPAddress ?? '',
    IPPrefixLen: bridge?.IPPrefixLen ?? 0,
    IPv6Gateway: bridge?.IPv6Gateway ?? '',
    MacAddress: bridge?.MacAddress ?? '',
    Networks,
  };
}

export interface PortView {
  /** `80/tcp` */
  written: string;
  containerPort: number;
  protocol: string;
  /** Where the edge has it, in Docker's words: every address, or loopback. */
  published: { ip: string; port: number }[];
}

/** The exposed ports of a container that runs, and where the edge has them. An engine has none for one that does not. */
export function containerPorts(engine: EngineContainerInspect, own: ContainerIdentity): PortView[] {
  return Object.keys(engine.NetworkSettings.Ports ?? {}).flatMap((written) => {
    const [, number, protocol] = /^(\d{1,5})\/([a-z]+)$/.exec(written) ?? [];
    if (number === undefined || protocol === undefined) return [];
    const containerPort = Number(number);
    const published = own.ports
      .filter((port) => port.containerPort === containerPort && port.protocol === protocol)
      .map(({ loopback, port }) => ({ ip: loopback ? '127.0.0.1' : '0.0.0.0', port }))
      .sort((a, b) => a.port - b.port);
    return [{ written, containerPort, protocol, published }];
  });
}

/** HostConfig.NetworkMode as the tenant asked for it. */
export function containerNetworkMode(own: ContainerIdentity, apiVersion: string, containerId: (reference: string) => string): string {
  const { network } = own.spec;
  if (network.mode === 'none') return 'none';
  if (network.mode === 'container') return `container:${containerId(network.container)}`;
  const first = network.endpoints[0]?.network ?? 'bridge';
  if (first !== 'bridge' && first !== 'default') return first;
  return apiChanged(apiVersion, 'networkModeBridge') ? 'bridge' : 'default';
}

function networkName(engineName: string, endpoint: EngineEndpointSettings | null, own: ContainerIdentity): NetworkName | undefined {
  const known = own.networks.get(engineName) ?? (endpoint ? own.networks.get(endpoint.NetworkID) : undefined);
  // Every engine has a network of this name, and it leads nowhere.
  return known ?? (engineName === 'none' ? { name: 'none', id: noneNetworkId, aliases: [] } : undefined);
}

function endpointView(network: OwnEndpoint, own: ContainerIdentity, apiVersion: string, detail: 'list' | 'inspect'): EndpointView {
  const { endpoint } = network;
  const asked =
    own.spec.network.mode === 'networks'
      ? own.spec.network.endpoints.find(({ network: name }) => name === network.name || name === network.id)
      : undefined;
  const inspect = detail === 'inspect';
  // Docker's default network knows no names, so nothing is said of them there.
  const named = inspect && network.name !== 'bridge' && network.name !== 'none';
  const fixed = { ...(asked?.ipv4 && { IPv4Address: asked.ipv4 }), ...(asked?.ipv6 && { IPv6Address: asked.ipv6 }) };
  return {
    IPAMConfig: Object.keys(fixed).length > 0 ? fixed : null,
    Links: named && asked && asked.links.length > 0 ? asked.links : null,
    Aliases: named ? aliasesView(network, own, apiVersion) : null,
    NetworkID: network.id,
    EndpointID: endpoint?.EndpointID ?? '',
    Gateway: endpoint?.Gateway ?? '',
    IPAddress: endpoint?.IPAddress ?? '',
    IPPrefixLen: endpoint?.IPPrefixLen ?? 0,
    IPv6Gateway: endpoint?.IPv6Gateway ?? '',
    GlobalIPv6Address: endpoint?.GlobalIPv6Address ?? '',
    GlobalIPv6PrefixLen: endpoint?.GlobalIPv6PrefixLen ?? 0,
    MacAddress: endpoint?.MacAddress ?? '',
    DriverOpts: null,
    ...(apiChanged(apiVersion, 'dnsNames') && { DNSNames: named ? dnsNames(network, own) : null }),
  };
}

function aliasesView(network: NetworkName, own: ContainerIdentity, apiVersion: string): string[] | null {
  const aliases = apiChanged(apiVersion, 'plainAliases') ? network.aliases : unique([...network.aliases, shortId(own), own.spec.hostname]);
  return aliases.length > 0 ? aliases : null;
}

/** moby daemon/container_operations.go, buildEndpointDNSNames. */
function dnsNames(network: NetworkName, own: ContainerIdentity): string[] {
  return unique([own.name, ...network.aliases, shortId(own), own.spec.hostname]);
}

function shortId(own: ContainerIdentity): string {
  return own.engineId.slice(0, 12);
}

function unique(names: string[]): string[] {
  return [...new Set(names.filter((name) => name !== ''))];
}
