import type { TenantScope } from '../db/scope.ts';
import { type NetworkRow, networkInsert } from '../db/store/network.ts';
import { hexIdMint } from '../domain/encoding.ts';
import type { NetworkSpec } from '../policy/network.ts';
import type { App } from './context.ts';
import { eventOfNetwork, eventTell } from './event-tell.ts';
import { placementGroup } from './placement-group.ts';

/** A network begins as a row; it comes to a host with its first member. Throws `conflict` when the name is taken. */
export async function networkCreate(app: App, scope: TenantScope, spec: NetworkSpec): Promise<NetworkRow> {
  const group = await placementGroup(scope, spec.labels);
  const row = await networkInsert(scope, { id: hexIdMint(), groupId: group.id, ...spec });
  app.directory.networks.apply(row);
  await eventTell(app, scope, eventOfNetwork('create', row));
  await app.bus.barrier();
  return row;
}
