import { inArray } from 'drizzle-orm';
import { container } from '../schema/container.ts';
import { network, networkRealization, volume } from '../schema/network.ts';
import type { SystemScope } from '../scope.ts';
import { type ContainerRow, containerColumns } from './container.ts';
import type { NetworkRow, RealizationRow } from './network.ts';
import type { VolumeRow } from './volume.ts';

/** Rows by key, for a process that was told they changed. A key without a row is gone. */
export function containersByIds(scope: SystemScope, ids: string[]): Promise<ContainerRow[]> {
  return scope.db.select(containerColumns).from(container).where(inArray(container.id, ids));
}

export function networksByIds(scope: SystemScope, ids: string[]): Promise<NetworkRow[]> {
  return scope.db.select().from(network).where(inArray(network.id, ids));
}

export function realizationsByNetworks(scope: SystemScope, ids: string[]): Promise<RealizationRow[]> {
  return scope.db.select().from(networkRealization).where(inArray(networkRealization.networkId, ids));
}

export function volumesByIds(scope: SystemScope, ids: string[]): Promise<VolumeRow[]> {
  return scope.db.select().from(volume).where(inArray(volume.id, ids));
}
