import { BerthError } from '../../domain/errors.ts';
import type { EngineNetworkInspect } from '../../engine/inspect-types.ts';
import { type Filters, filterBoolean, filterExact, filterFound, filterLabels, filterNamesCheck } from './filter-match.ts';
import { timeNever } from './go-time.ts';
import { networkIsBuiltin, noneNetworkId } from './network-builtin.ts';
import { ownLabels } from './own-labels.ts';

/** A tenant's network as Berth keeps it. The `bridge` of every tenant is one. */
export interface NetworkIdentity {
  /** Berth's, 64 hex. */
  id: string;
  name: string;
  /** RFC 3339 */
  createdAt: string;
  internal: boolean;
  labels: Record<string, string>;
  /** One per host that has it. Empty until a container joins. */
  subnets: readonly { subnet: string; gateway: string }[];
}

export interface NetworkView {
  Name: string;
  Id: string;
  Created: string;
  Scope: 'local';
  Driver: 'bridge' | 'null';
  EnableIPv6: false;
  IPAM: { Driver: 'default'; Options: Record<string, string> | null; Config: { Subnet: string; Gateway: string }[] };
  Internal: boolean;
  Attachable: false;
  Ingress: false;
  ConfigFrom: { Network: '' };
  ConfigOnly: false;
  Containers: Record<string, NetworkMember>;
  Options: Record<string, string>;
  Labels: Record<string, string>;
}

export interface NetworkMember {
  Name: string;
  EndpointID: string;
  MacAddress: string;
  /** With the prefix length: `100.64.7.2/24`. */
  IPv4Address: string;
  IPv6Address: string;
}

/**
 * One network of `GET /networks/{id}`, and of `GET /networks` when `engines` is empty: the list has no members since API 1.28.
 * `engines` are the documents of the hosts that have it; of their containers only those in `containerNames` (engine id -> name)
 * are shown.
 */
export function networkView(
  own: NetworkIdentity,
  engines: readonly EngineNetworkInspect[],
  containerNames: ReadonlyMap<string, string>,
): NetworkView {
  const isDefault = own.name === 'bridge';
  return {
    Name: own.name,
    Id: own.id,
    Created: own.createdAt,
    Scope: 'local',
    Driver: 'bridge',
    EnableIPv6: false,
    IPAM: {
      Driver: 'default',
      Options: isDefault ? null : {},
      Config: own.subnets.map(({ subnet, gateway }) => ({ Subnet: subnet, Gateway: gateway })),
    },
    Internal: own.internal,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: members(engines, containerNames),
    Options: isDefault ? { ...defaultBridgeOptions } : {},
    Labels: ownLabels(own.labels),
  };
}

/** Docker's `none`, which every tenant has, and which is in every list. */
export function networkNoneView(): NetworkView {
  return {
    ...networkView({ id: noneNetworkId, name: 'none', createdAt: timeNever, internal: false, labels: {}, subnets: [] }, [], new Map()),
    Driver: 'null',
    IPAM: { Driver: 'default', Options: null, Config: [] },
  };
}

export const networkFilterNames = ['dangling', 'driver', 'id', 'label', 'name', 'scope', 'type'] as const;

/**
 * `GET /networks`, filtered as moby does (daemon/network/filter.go). `used` has the ids of
 * networks with members. Throws `malformed` for an unknown filter or value.
 */
export function networkListSelect(networks: readonly NetworkView[], filters: Filters, used: ReadonlySet<string>): NetworkView[] {
  filterNamesCheck(filters, networkFilterNames);
  const dangling = filterBoolean(filters, 'dangling');
  const types = filters.get('type') ?? [];
  for (const type of types) {
    if (type !== 'builtin' && type !== 'custom') throw new BerthError('malformed', `invalid filter: 'type'='${type}'`);
  }
  return networks.filter((network) => {
    const builtin = networkIsBuiltin(network.Name);
    return (
      filterExact(filters, 'driver', network.Driver) &&
      filterFound(filters, 'name', network.Name) &&
      filterFound(filters, 'id', network.Id) &&
      filterLabels(filters, network.Labels) &&
      filterExact(filters, 'scope', network.Scope) &&
      (dangling === null || dangling === !(builtin || used.has(network.Id))) &&
      (types.length === 0 || types.includes(builtin ? 'builtin' : 'custom'))
    );
  });
}

/** Tools tell the default bridge by these. The name of the host's interface is left out. */
const defaultBridgeOptions = {
  'com.docker.network.bridge.default_bridge': 'true',
  'com.docker.network.bridge.enable_icc': 'true',
  'com.docker.network.bridge.enable_ip_masquerade': 'true',
  'com.docker.network.bridge.host_binding_ipv4': '0.0.0.0',
  'com.docker.network.driver.mtu': '1500',
};

function members(engines: readonly EngineNetworkInspect[], containerNames: ReadonlyMap<string, string>): Record<string, NetworkMember> {
  const shown: Record<string, NetworkMember> = {};
  for (const { Containers } of engines) {
    for (const [engineId, endpoint] of Object.entries(Containers ?? {})) {
      const name = containerNames.get(engineId);
      if (name === undefined) continue;
      const { EndpointID, MacAddress, IPv4Address, IPv6Address } = endpoint;
      shown[engineId] = { Name: name, EndpointID, MacAddress, IPv4Address, IPv6Address };
    }
  }
  return shown;
}
