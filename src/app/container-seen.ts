import type { TenantScope } from '../db/scope.ts';
import type { ContainerRow } from '../db/store/container.ts';
import type { EngineContainerInspect } from '../engine/inspect-types.ts';
import type { FleetHost } from '../observe/fleet.ts';
import type { Observation } from '../observe/observation.ts';
import type { App } from './context.ts';

/** A container with what its engine last said. `unknownSince` is set when the engine could not be asked. */
export interface ContainerSeen {
  row: ContainerRow & { engineId: string };
  document: EngineContainerInspect;
  /** Of the document: what was rendered from an earlier one is old. */
  version: number;
  unknownSince: Date | null;
}

/** The present state of one container, or null when its engine has it no more. */
export async function containerSeen(app: App, row: ContainerRow): Promise<ContainerSeen | null> {
  const remembered = app.bus.hears() ? containerRemembered(app, row) : undefined;
  if (remembered !== undefined) return remembered;
  const host = app.fleet.host(row.hostId);
  if (!host || row.engineId === null) return null;
  // What a peer does to it would not be heard of.
  if (!app.bus.hears()) host.watch.dirty(row.engineId);
  const { observation, live } = await host.watch.read(row.engineId);
  return seenOf(row, observation, live ? null : lastSeen(host, observation));
}

/** The same where it is known without asking; else undefined. Of use only while the bus hears what peers do. */
function containerRemembered(app: App, row: ContainerRow): ContainerSeen | null | undefined {
  if (row.engineId === null) return undefined;
  const observation = app.fleet.host(row.hostId)?.watch.known(row.engineId);
  return observation && seenOf(row, observation, null);
}

function seenOf(row: ContainerRow, { document, version }: Observation, unknownSince: Date | null): ContainerSeen | null {
  return document && { row: row as ContainerSeen['row'], document, version, unknownSince };
}

/** While its host was heard nothing happened to it unseen, however old the document is. */
function lastSeen({ watch, row }: FleetHost, observation: Observation): Date {
  return new Date(Math.max(observation.seenAt.getTime(), watch.seenAt.getTime(), row.seenAt?.getTime() ?? 0));
}

/** All of a tenant's containers, in no order. */
export async function containersSeen(app: App, scope: TenantScope): Promise<ContainerSeen[]> {
  await app.directory.fresh();
  const seen: ContainerSeen[] = [];
  const asked: Promise<ContainerSeen | null>[] = [];
  const hears = app.bus.hears();
  for (const row of app.directory.containersOf(scope.tenantId)) {
    if (row.state !== 'created') continue;
    const remembered = hears ? containerRemembered(app, row) : undefined;
    if (remembered) seen.push(remembered);
    else if (remembered === undefined) asked.push(containerSeen(app, row));
  }
  for (const one of await Promise.all(asked)) if (one) seen.push(one);
  return seen;
}

/** Something was done to it: the next read asks the engine, here and on every peer that is alive. */
export async function containerTouched(app: App, row: ContainerRow): Promise<void> {
  if (row.engineId !== null) app.fleet.host(row.hostId)?.watch.dirty(row.engineId);
  app.bus.publish('dirty', row.id);
  await app.bus.barrier();
}
