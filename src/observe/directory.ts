import type { Bus } from '../db/bus.ts';
import type { SystemScope } from '../db/scope.ts';
import { type ContainerRow, containerLiving } from '../db/store/container.ts';
import { containersByIds, networksByIds, realizationsByNetworks, volumesByIds } from '../db/store/mirror.ts';
import { type NetworkRow, networkLiving, type RealizationRow, realizationsAll } from '../db/store/network.ts';
import { type PublicationRow, publicationsAll, publicationsByIds } from '../db/store/port.ts';
import { type VolumeRow, volumeLiving } from '../db/store/volume.ts';
import { type TableMirror, tableMirror } from './table-mirror.ts';

/** Who owns what, in memory: every living container, network and volume row. Lists and inspects are answered from here. */
export interface Directory {
  containers: TableMirror<ContainerRow>;
  networks: TableMirror<NetworkRow>;
  realizations: TableMirror<RealizationRow>;
  volumes: TableMirror<VolumeRow>;
  publications: TableMirror<PublicationRow>;
  containersOf(tenantId: string): Iterable<ContainerRow>;
  containerByEngineId(engineId: string): ContainerRow | undefined;
  /** The edge's ports that lead to one container, those it will have at its next start included. */
  publicationsOf(containerId: string): PublicationRow[];
  networksOf(tenantId: string): NetworkRow[];
  volumesOf(tenantId: string): VolumeRow[];
  /** Changes whenever anything changed that a tenant's replies are made of. */
  generation(tenantId: string): number;
  /** Await before a read: all that was told is in, and with a deaf bus everything was read again. */
  fresh(): Promise<void>;
}

export async function directoryOpen(scope: SystemScope, bus: Bus): Promise<Directory> {
  const byTenant = new Map<string, Map<string, ContainerRow>>();
  const byEngineId = new Map<string, ContainerRow>();
  const publicationsByContainer = new Map<string, Map<string, PublicationRow>>();
  const generations = new Map<string, number>();
  let shared = 0;
  const bump = (rows: { tenantId: string }[]) => {
    for (const { tenantId } of rows) generations.set(tenantId, (generations.get(tenantId) ?? 0) + 1);
  };

  const containers = tableMirror<ContainerRow>({
    key: (row) => row.id,
    living: (row) => row.state !== 'removed',
    readAll: () => containerLiving(scope),
    readKeys: (keys) => containersByIds(scope, keys),
    onChange(before, after) {
      bump([...before, ...after]);
      for (const row of before) {
        const own = byTenant.get(row.tenantId);
        own?.delete(row.id);
        if (own?.size === 0) byTenant.delete(row.tenantId);
        if (row.engineId !== null) byEngineId.delete(row.engineId);
      }
      for (const row of after) {
        const own = byTenant.get(row.tenantId) ?? new Map<string, ContainerRow>();
        byTenant.set(row.tenantId, own.set(row.id, row));
        if (row.engineId !== null) byEngineId.set(row.engineId, row);
      }
    },
  });
  const networks = tableMirror<NetworkRow>({
    key: (row) => row.id,
    living: (row) => row.state === 'active',
    readAll: () => networkLiving(scope),
    readKeys: (keys) => networksByIds(scope, keys),
    onChange: (before, after) => bump([...before, ...after]),
  });
  const realizations = tableMirror<RealizationRow>({
    key: (row) => row.networkId,
    identity: (row) => row.hostId,
    living: () => true,
    readAll: () => realizationsAll(scope),
    readKeys: (keys) => realizationsByNetworks(scope, keys),
    onChange: () => {
      shared++;
    },
  });
  const volumes = tableMirror<VolumeRow>({
    key: (row) => row.id,
    living: (row) => row.state === 'active',
    readAll: () => volumeLiving(scope),
    readKeys: (keys) => volumesByIds(scope, keys),
    onChange: (before, after) => bump([...before, ...after]),
  });

  const publications = tableMirror<PublicationRow>({
    key: (row) => row.id,
    living: () => true,
    readAll: () => publicationsAll(scope),
    readKeys: (keys) => publicationsByIds(scope, keys),
    onChange(before, after) {
      bump([...before, ...after]);
      for (const { id, containerId } of before) if (containerId !== null) publicationsByContainer.get(containerId)?.delete(id);
      for (const row of after) {
        if (row.containerId === null) continue;
        const own = publicationsByContainer.get(row.containerId) ?? new Map<string, PublicationRow>();
        publicationsByContainer.set(row.containerId, own.set(row.id, row));
      }
      for (const { containerId } of before)
        if (containerId !== null && publicationsByContainer.get(containerId)?.size === 0) publicationsByContainer.delete(containerId);
    },
  });

  const tables = {
    container: containers,
    network: networks,
    network_realization: realizations,
    volume: volumes,
    publication: publications,
  };
  const mirrors = Object.values(tables);
  const reload = () => Promise.all(mirrors.map((table) => table.reload()));
  for (const [name, table] of Object.entries(tables)) bus.on(`row:${name}`, (key) => table.changed(key));
  bus.on('resync', () => {
    for (const table of mirrors) table.missed();
  });
  await reload();

  return {
    ...{ containers, networks, realizations, volumes, publications },
    containersOf: (tenantId) => byTenant.get(tenantId)?.values() ?? [],
    containerByEngineId: (engineId) => byEngineId.get(engineId),
    publicationsOf: (containerId) => [...(publicationsByContainer.get(containerId)?.values() ?? [])],
    networksOf: (tenantId) => [...networks.all()].filter((row) => row.tenantId === tenantId),
    volumesOf: (tenantId) => [...volumes.all()].filter((row) => row.tenantId === tenantId),
    generation: (tenantId) => shared + (generations.get(tenantId) ?? 0),
    async fresh() {
      if (!bus.hears()) {
        await reload();
        return;
      }
      for (const table of mirrors) if (!table.quiet) await table.settled();
    },
  };
}
