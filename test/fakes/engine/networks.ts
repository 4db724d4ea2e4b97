import { type Container, containerFind, containerRuns } from './container.ts';
import type { EndpointRequest } from './container-config.ts';
import { EngineError } from './engine-error.ts';
import { type Filters, filterAny, filterLabels, filtersParse, flag } from './filters.ts';
import { bodyJson, type Call, type Reply, type Route } from './http.ts';
import { idNew } from './ids.ts';
import {
  addressText,
  disconnectEvent,
  endpointJoin,
  endpointLeave,
  type Network,
  networkFind,
  predefined,
  type Subnet,
  subnetParse,
  subnetsOverlap,
  subnetText,
} from './network.ts';
import type { EngineState } from './state.ts';
import { rfc3339Nano } from './time.ts';

interface NetworkRequest {
  Name?: string;
  CheckDuplicate?: boolean;
  Driver?: string;
  Internal?: boolean;
  Attachable?: boolean;
  Labels?: Record<string, string> | null;
  Options?: Record<string, string> | null;
  IPAM?: { Driver?: string; Options?: unknown; Config?: { Subnet?: string; Gateway?: string }[] | null } | null;
}

const filterNames = ['dangling', 'driver', 'id', 'label', 'name', 'scope', 'type'];

export const networkRoutes: Route[] = [
  { method: 'GET', path: '/networks', handle: networkList },
  { method: 'POST', path: '/networks/create', handle: networkCreateCall },
  { method: 'POST', path: '/networks/prune', handle: networkPrune },
  {
    method: 'GET',
    path: '/networks/{id}',
    handle: (engine, { params }) => ({ status: 200, json: networkDocument(engine, networkFind(engine, params.id ?? ''), true) }),
  },
  { method: 'DELETE', path: '/networks/{id}', handle: networkRemove },
  { method: 'POST', path: '/networks/{id}/connect', handle: networkConnect },
  { method: 'POST', path: '/networks/{id}/disconnect', handle: networkDisconnect },
];

/** The networks that every engine has. */
export function networksPredefine(engine: EngineState): void {
  const bridge = 'com.docker.network.bridge';
  const options = {
    [`${bridge}.default_bridge`]: 'true',
    [`${bridge}.enable_icc`]: 'true',
    [`${bridge}.enable_ip_masquerade`]: 'true',
    [`${bridge}.host_binding_ipv4`]: '0.0.0.0',
    [`${bridge}.name`]: 'docker0',
    'com.docker.network.driver.mtu': '1500',
  };
  networkAdd(engine, { Name: 'none', Driver: 'null' }, null);
  networkAdd(engine, { Name: 'host', Driver: 'host' }, null);
  networkAdd(engine, { Name: 'bridge', Driver: 'bridge', Options: options }, subnetParse('172.17.0.0/16'));
}

function networkAdd(engine: EngineState, request: NetworkRequest, subnet: Subnet | null): Network {
  const asked = request.IPAM?.Config ?? [];
  const network: Network = {
    id: idNew(),
    name: request.Name ?? '',
    driver: request.Driver || 'bridge',
    created: engine.clock.nanos(),
    subnet,
    ipam: {
      Driver: request.IPAM?.Driver || 'default',
      Options: request.IPAM?.Options ?? null,
      Config:
        asked.length > 0 || subnet === null
          ? (asked as { Subnet: string }[])
          : [{ Subnet: subnetText(subnet), Gateway: addressText(subnet.first + 1) }],
    },
    labels: request.Labels ?? {},
    options: request.Options ?? {},
    internal: request.Internal ?? false,
    attachable: request.Attachable ?? false,
    members: new Set(),
    taken: new Set(),
  };
  engine.networks.set(network.id, network);
  return network;
}

function networkCreateCall(engine: EngineState, call: Call): Reply {
  const request = bodyJson<NetworkRequest>(call, true);
  const name = request.Name ?? '';
  if (!/^[a-zA-Z0-9][\w.-]*$/.test(name)) throw new EngineError(500, `invalid name: ${name}`);
  if (predefined.includes(name)) throw new EngineError(403, `operation is not permitted on predefined ${name} network `);
  const twin = [...engine.networks.values()].find((network) => network.name === name);
  if (twin !== undefined && request.CheckDuplicate) throw new EngineError(409, `network with name ${name} already exists`);
  if (!['', 'bridge', undefined].includes(request.Driver)) throw new EngineError(404, `plugin "${request.Driver}" not found`);
  const network = networkAdd(engine, request, subnetChoose(engine, request.IPAM?.Config?.[0]?.Subnet));
  engine.events.emit('network', 'create', network.id, { name, type: network.driver });
  return {
    status: 201,
    json: { Id: network.id, Warning: twin === undefined ? '' : `Network with name ${name} (id : ${twin.id}) already exists` },
  };
}

/** The asked subnet, else the first of the engine's default pools that is free. */
function subnetChoose(engine: EngineState, asked: string | undefined): Subnet {
  const used = [...engine.networks.values()].flatMap(({ subnet }) => subnet ?? []);
  const free = (subnet: Subnet) => used.every((other) => !subnetsOverlap(subnet, other));
  if (asked) {
    const subnet = subnetParse(asked);
    if (!free(subnet)) throw new EngineError(403, 'Pool overlaps with other one on this address space');
    return subnet;
  }
  for (let second = 17; second < 32; second += 1) {
    const subnet = subnetParse(`172.${second}.0.0/16`);
    if (free(subnet)) return subnet;
  }
  for (let third = 0; third < 256; third += 16) {
    const subnet = subnetParse(`192.168.${third}.0/20`);
    if (free(subnet)) return subnet;
  }
  throw new EngineError(404, 'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network');
}

function networkList(engine: EngineState, call: Call): Reply {
  const filters = filtersParse(call.query.get('filters'), filterNames);
  const shown = [...engine.networks.values()].filter((network) => networkMatches(network, filters));
  return { status: 200, json: shown.map((network) => networkDocument(engine, network, false)) };
}

function networkMatches(network: Network, filters: Filters): boolean {
  return (
    filterLabels(filters, network.labels) &&
    filterAny(filters, 'name', (name) => network.name.includes(name)) &&
    filterAny(filters, 'id', (id) => network.id.startsWith(id)) &&
    filterAny(filters, 'driver', (driver) => network.driver === driver) &&
    filterAny(filters, 'scope', (scope) => scope === 'local') &&
    filterAny(filters, 'type', (type) => (type === 'builtin') === predefined.includes(network.name)) &&
    filterAny(filters, 'dangling', (dangling) => flag(dangling) === (!predefined.includes(network.name) && network.members.size === 0))
  );
}

function networkRemove(engine: EngineState, call: Call): Reply {
  const network = networkFind(engine, call.params.id ?? '');
  if (predefined.includes(network.name)) throw new EngineError(403, `${network.name} is a pre-defined network and cannot be removed`);
  if (network.members.size > 0) {
    throw new EngineError(403, `error while removing network: network ${network.name} id ${network.id} has active endpoints`);
  }
  networkDestroy(engine, network);
  return { status: 204 };
}

function networkDestroy(engine: EngineState, network: Network): void {
  engine.networks.delete(network.id);
  engine.events.emit('network', 'destroy', network.id, { name: network.name, type: network.driver });
}

function networkPrune(engine: EngineState, call: Call): Reply {
  const filters = filtersParse(call.query.get('filters'), ['label', 'label!', 'until']);
  const unused = [...engine.networks.values()].filter(
    ({ name, members, labels }) => !predefined.includes(name) && members.size === 0 && filterLabels(filters, labels),
  );
  for (const network of unused) networkDestroy(engine, network);
  engine.events.emit('network', 'prune', '', { reclaimed: '0' });
  return { status: 200, json: { NetworksDeleted: unused.length === 0 ? null : unused.map(({ name }) => name) } };
}

function networkConnect(engine: EngineState, call: Call): Reply {
  const { Container: ref = '', EndpointConfig } = bodyJson<{ Container?: string; EndpointConfig?: EndpointRequest }>(call, true);
  const container = memberFind(engine, ref);
  const endpoint = { request: EndpointConfig ?? {}, joined: null };
  const wanted = call.params.id ?? '';
  if (!containerRuns(container) && !found(() => networkFind(engine, wanted))) {
    container.endpoints.set(wanted, endpoint); // its start will find out
    return { status: 200 };
  }
  const network = networkFind(engine, wanted);
  if (container.endpoints.has(network.name)) {
    throw new EngineError(403, `endpoint with name ${container.name} already exists in network ${network.name}`);
  }
  if (container.endpoints.has('none') || network.name === 'none') {
    throw new EngineError(400, 'container cannot be connected to multiple networks with one of the networks in private (none) mode');
  }
  if (container.endpoints.has('host') || network.name === 'host') {
    throw new EngineError(400, 'container cannot be disconnected from host network or connected to host network');
  }
  if (containerRuns(container)) endpointJoin(engine, container, network, endpoint);
  container.endpoints.set(network.name, endpoint);
  return { status: 200 };
}

function networkDisconnect(engine: EngineState, call: Call): Reply {
  const { Container: ref = '', Force = false } = bodyJson<{ Container?: string; Force?: boolean }>(call, true);
  if (Force && !found(() => containerFind(engine, ref))) throw new EngineError(404, `endpoint ${ref} not found`);
  const container = memberFind(engine, ref);
  const network = networkFind(engine, call.params.id ?? '');
  const endpoint = container.endpoints.get(network.name);
  if (endpoint === undefined) throw new EngineError(500, `container ${container.id} is not connected to network ${network.name}`);
  endpointLeave(engine, container, endpoint);
  container.endpoints.delete(network.name);
  // A real engine tells of it twice when the container runs: once for the endpoint, once for the call.
  disconnectEvent(engine, container, network);
  return { status: 200 };
}

function memberFind(engine: EngineState, ref: string): Container {
  if (ref === '') throw new EngineError(400, 'invalid name or ID supplied: ""');
  return containerFind(engine, ref);
}

function found(find: () => unknown): boolean {
  try {
    find();
    return true;
  } catch {
    return false;
  }
}

function networkDocument(engine: EngineState, network: Network, withMembers: boolean) {
  return {
    Name: network.name,
    Id: network.id,
    Created: rfc3339Nano(network.created),
    Scope: 'local',
    Driver: network.driver,
    EnableIPv6: false,
    IPAM: network.ipam,
    Internal: network.internal,
    Attachable: network.attachable,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: withMembers ? membersDocument(engine, network) : {},
    Options: network.options,
    Labels: network.labels,
  };
}

function membersDocument(engine: EngineState, network: Network) {
  const members: Record<string, unknown> = {};
  for (const id of network.members) {
    const container = engine.containers.get(id);
    const joined = container?.endpoints.get(network.name)?.joined;
    if (container === undefined || !joined) continue;
    const { MacAddress, IPv4Address } = addressDocument(network, joined.address);
    members[id] = { Name: container.name, EndpointID: joined.endpointId, MacAddress, IPv4Address, IPv6Address: '' };
  }
  return members;
}

/** An address in the forms that documents want; the MAC derives from it, as an engine's does. */
export function addressDocument(network: Network, address: number) {
  if (network.subnet === null) return { MacAddress: '', IPv4Address: '', IPAddress: '', IPPrefixLen: 0, Gateway: '' };
  const IPAddress = addressText(address);
  const hex = address
    .toString(16)
    .padStart(8, '0')
    .replace(/(..)(?=.)/g, '$1:');
  const { first, bits } = network.subnet;
  return { MacAddress: `02:42:${hex}`, IPv4Address: `${IPAddress}/${bits}`, IPAddress, IPPrefixLen: bits, Gateway: addressText(first + 1) };
}
