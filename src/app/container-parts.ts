import type { TenantScope } from '../db/scope.ts';
import { type GroupRow, groupGet, type NetworkRow } from '../db/store/network.ts';
import type { VolumeRow } from '../db/store/volume.ts';
import type { ContainerSpec, EndpointSpec } from '../domain/container-spec.ts';
import { BerthError } from '../domain/errors.ts';
import { containerReferences, linkParse } from '../policy/container-create.write.ts';
import { containerFind } from './container-find.ts';
import type { App } from './context.ts';
import { networkFind } from './network-find.ts';
import { networkEngineName } from './network-realize.ts';
import { placementGroup, placementGroupKey } from './placement-group.ts';
import { volumeNamed } from './volume-named.ts';

/** What a spec names, found among the tenant's own things, and the places these bind the container to. */
export interface ContainerParts {
  networkMode: string;
  endpoints: { network: NetworkRow; spec: EndpointSpec }[];
  volumes: VolumeRow[];
  /** As the tenant wrote it -> the engine's id. */
  containerIds: Map<string, string>;
  groups: GroupRow[];
  pinnedTo: string[];
}

/**
 * Volumes that do not exist yet are made, as an engine does. Throws `malformed` for networks and containers that do not exist, as an
 * engine does too: a client takes `not_found` from a create for a missing image, and pulls.
 */
export async function containerParts(app: App, scope: TenantScope, spec: ContainerSpec): Promise<ContainerParts> {
  try {
    return await partsFind(app, scope, spec);
  } catch (error) {
    if (error instanceof BerthError && error.code === 'not_found') throw new BerthError('malformed', error.message);
    throw error;
  }
}

async function partsFind(app: App, scope: TenantScope, spec: ContainerSpec): Promise<ContainerParts> {
  const pinnedTo: string[] = [];
  const groupIds = new Set<string>();

  const containerIds = new Map<string, string>();
  const links = spec.network.mode === 'networks' ? spec.network.endpoints.flatMap((endpoint) => endpoint.links) : [];
  const linked = new Set(links.map((link) => linkParse(link).container));
  for (const reference of containerReferences(spec)) {
    const row = await containerFind(app, scope, reference).catch((error: unknown) => {
      throw linked.has(reference) ? linkFault(reference, error) : error;
    });
    containerIds.set(reference, row.engineId);
    pinnedTo.push(row.hostId);
  }

  const endpoints: ContainerParts['endpoints'] = [];
  let networkMode = 'none';
  if (spec.network.mode === 'container') networkMode = `container:${containerIds.get(spec.network.container)}`;
  if (spec.network.mode === 'networks') {
    for (const endpoint of spec.network.endpoints) {
      const network = await networkFind(app, scope, endpoint.network);
      endpoints.push({ network, spec: endpoint });
      if (network.groupId !== null) groupIds.add(network.groupId);
    }
    const [first] = endpoints;
    if (first) networkMode = networkEngineName(first.network.id);
  }

  const volumes: VolumeRow[] = [];
  for (const mount of spec.mounts) {
    if (mount.type !== 'volume' || mount.source === null || volumes.some((volume) => volume.name === mount.source)) continue;
    const volume = await volumeNamed(app, scope, mount.source, spec.labels);
    volumes.push(volume);
    if (volume.hostId !== null) pinnedTo.push(volume.hostId);
    if (volume.groupId !== null) groupIds.add(volume.groupId);
  }

  const groups: GroupRow[] = [];
  if (placementGroupKey(spec.labels) !== '') {
    const own = await placementGroup(scope, spec.labels);
    groups.push(own);
    groupIds.delete(own.id);
  }
  for (const id of groupIds) {
    const group = await groupGet(scope, id);
    if (group) groups.push(group);
  }
  return { networkMode, endpoints, volumes, containerIds, groups, pinnedTo };
}

/** moby, daemon/daemon_unix.go registerLinks. */
function linkFault(reference: string, error: unknown): unknown {
  if (!(error instanceof BerthError)) return error;
  return new BerthError(error.code, `could not get container for ${reference}: ${error.message}`, { cause: error });
}
