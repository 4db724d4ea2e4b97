import type { TenantScope } from '../db/scope.ts';
import {
  groupUnbindEmpty,
  type NetworkRow,
  networkRemoved,
  networkRemoving,
  networkRemovingUndo,
  realizationGone,
  realizationsOf,
} from '../db/store/network.ts';
import { BerthError } from '../domain/errors.ts';
import { EngineError, EngineUnreachable } from '../engine/engine.ts';
import { hostEngine, hostLost } from './container-host.ts';
import { containersSeen } from './container-seen.ts';
import type { App } from './context.ts';
import { engineFailure } from './engine-failure.ts';
import { eventOfNetwork, eventTell } from './event-tell.ts';
import { builtinNetwork } from './network-find.ts';
import { networkEngineName } from './network-realize.ts';

/**
 * Removes a network that no container is connected to. On a host that is lost its name is free at once, and the network goes when the host
 * is back. Throws `refused` while a container is connected (libnetwork's ActiveEndpointsError is a 403), and for the builtin one;
 * `unavailable` while its host does not answer and is not lost yet.
 */
export async function networkRemove(app: App, scope: TenantScope, network: NetworkRow): Promise<void> {
  if (network.name === builtinNetwork) throw new BerthError('refused', `${builtinNetwork} is a pre-defined network and cannot be removed`);
  const rows = await realizationsOf(app.system, network.id);
  for (const { hostId, engineId } of rows) {
    if (engineId === null) continue;
    const members = hostLost(app, hostId)
      ? await membersRemembered(app, scope, network, hostId)
      : await networkMembers(app, hostId, engineId);
    if (members > 0)
      throw new BerthError('refused', `error while removing network: network ${network.name} id ${network.id} has active endpoints`);
  }
  await networkRemoving(scope, network.id);
  app.directory.networks.apply({ ...network, state: 'removing' });
  try {
    await networkRemoveFinish(app, scope, network);
  } catch (error) {
    const failure = engineFailure(error, () => 'the network could not be removed from its host');
    if (!(failure instanceof BerthError && failure.code === 'unavailable')) {
      // A container was connected meanwhile.
      if (error instanceof EngineError) await networkRemovingUndo(scope, network.id);
      app.directory.networks.changed(network.id);
      throw failure;
    }
    // The name is free and the removal certain; its row is the tombstone, and the rounds finish it.
    if (network.groupId !== null) await groupUnbindEmpty(scope, network.groupId);
  }
  await eventTell(app, scope, eventOfNetwork('destroy', network));
  await app.bus.barrier();
}

/** Carries out an intent to remove a network. May be started twice. */
export async function networkRemoveFinish(app: App, scope: TenantScope, network: NetworkRow): Promise<void> {
  for (const { hostId } of await realizationsOf(app.system, network.id)) {
    try {
      await hostEngine(app, hostId).json({ method: 'DELETE', path: `/networks/${networkEngineName(network.id)}` });
    } catch (error) {
      if (!(error instanceof EngineError && error.status === 404)) throw error;
    }
    await realizationGone(app.system, network.id, hostId);
  }
  if (network.groupId !== null) await groupUnbindEmpty(scope, network.groupId);
  await networkRemoved(scope, network.id);
}

/** What ran with it when its host was last heard. */
async function membersRemembered(app: App, scope: TenantScope, network: NetworkRow, hostId: string): Promise<number> {
  const seen = await containersSeen(app, scope);
  return seen.filter(
    ({ row, document }) =>
      row.hostId === hostId && document.State.Running && document.NetworkSettings.Networks?.[networkEngineName(network.id)] !== undefined,
  ).length;
}

async function networkMembers(app: App, hostId: string, engineId: string): Promise<number> {
  try {
    const found = await hostEngine(app, hostId).json<{ Containers: Record<string, unknown> | null }>({
      method: 'GET',
      path: `/networks/${engineId}`,
    });
    return Object.keys(found.Containers ?? {}).length;
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return 0;
    if (error instanceof EngineUnreachable)
      throw new BerthError(
        'unavailable',
        'The host of this network cannot be reached at the moment. Try again when it is back; once it counts as lost, the name is free at once.',
        { cause: error },
      );
    throw engineFailure(error, () => 'the network could not be read');
  }
}
