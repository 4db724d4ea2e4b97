import { containerCreate } from '../app/container-create.ts';
import { containerLogTail } from '../app/container-log-tail.ts';
import { containerRemove } from '../app/container-remove.ts';
import { containerSeen } from '../app/container-seen.ts';
import { containerStop } from '../app/container-signal.ts';
import { containerStart } from '../app/container-start.ts';
import type { App } from '../app/context.ts';
import { secretsOpen } from '../app/secret.ts';
import { tenantScope } from '../db/scope.ts';
import { containerGet } from '../db/store/container.ts';
import { type DeploymentRow, deploymentDriven, type RevisionRow } from '../db/store/deployment.ts';
import { replicaDelete, replicaInsert, replicaPhase } from '../db/store/replica.ts';
import { BerthError } from '../domain/errors.ts';
import type { Action, Replica, Wish } from './plan-types.ts';
import { neverStarted, type ReplicaSeen } from './replica-observe.ts';
import { targetDrain } from './targets.ts';

/** After a create that came to nothing, so long its slot is not tried again by this process. */
const retryMs = 1_000;

/** Stands before the slot of a replica that is being made, in place of the id it has not got yet. */
const unborn = 'slot-';

/** The actions of one deployment that this process has begun. */
export interface ActionsUnderWay {
  begin(row: DeploymentRow, revision: RevisionRow, actions: readonly Action[], seen: readonly ReplicaSeen[]): void;
  /** Takes up what another driver had begun: replicas that were made and not started, or half ended. */
  resume(row: DeploymentRow, seen: readonly ReplicaSeen[]): void;
  /** What was observed, with what is under way and does not show yet: so that nothing is begun twice. */
  overlay(seen: readonly ReplicaSeen[], wish: Wish): Replica[];
  settled(): Promise<void>;
}

/** `changed` is called whenever one ended: it is time to plan again. */
export function actionsUnderWay(app: App, changed: () => void): ActionsUnderWay {
  const creating = new Map<number, { revision: number; restarts: number; since: number }>();
  /** Where replicas go that this process places now: the next one must know before they show. */
  const placed = new Map<string, string>();
  const ending = new Map<string, 'draining' | 'removing'>();
  const starting = new Set<string>();
  const work = new Set<Promise<void>>();

  const run = (what: string, deployment: string, task: () => Promise<void>) => {
    const done = task()
      .catch((error) => app.log.warn(`${what} failed and will be tried again`, { deployment, cause: String(error) }))
      .finally(() => {
        work.delete(done);
        changed();
      });
    work.add(done);
  };

  async function create(row: DeploymentRow, revision: RevisionRow, slot: number): Promise<void> {
    const scope = tenantScope(app.db, row.tenantId);
    const { template, placement, ports } = revision.spec;
    creating.set(slot, { revision: row.revision, restarts: row.restarts, since: Date.now() });
    let containerId = '';
    try {
      const name = `${row.name}.${slot + 1}.${crypto.randomUUID().slice(0, 8)}`;
      const made = await containerCreate(
        app,
        scope,
        { ...template, name },
        {
          imageId: revision.imageId,
          secrets: await secretsOpen(app.seal, scope, { secrets: revision.spec.secrets, secretVersions: revision.secretVersions }),
          placement: () => ({ ...placement, peers: peersOf(app, row, placed) }),
          ports: ports.map(({ target, protocol }) => ({ containerPort: target, protocol })),
          async claim(tx, container) {
            const mine = await replicaInsert(tx, {
              ...{
                containerId: container.id,
                deploymentId: row.id,
                revision: row.revision,
                restarts: row.restarts,
                slot,
                epoch: row.epoch,
              },
              pinned: container.groupId !== null,
            });
            containerId = container.id;
            placed.set(containerId, container.hostId);
            if (!mine) throw new BerthError('conflict', 'Another process drives this deployment by now.');
          },
        },
      );
      await containerStart(app, made, {});
      creating.delete(slot);
    } catch (error) {
      // The slot stays taken for a moment, so that what cannot work is not tried in a circle; and for no longer, even if the next line fails.
      setTimeout(() => {
        creating.delete(slot);
        changed();
      }, retryMs);
      const reason = error instanceof BerthError ? error.message : 'its container could not be made';
      await deploymentDriven(app.system, row, { reason });
      throw error;
    } finally {
      placed.delete(containerId);
    }
  }

  async function start(id: string): Promise<void> {
    const container = app.directory.containers.get(id)[0];
    if (container?.state !== 'created') return;
    // A start of our own may have ended since its replica was looked at.
    const seen = await containerSeen(app, container);
    if (seen && neverStarted(seen.document.State)) await containerStart(app, container, {});
  }

  function endBegin(row: DeploymentRow, id: string, how: { drained: boolean; failed: boolean }): void {
    ending.set(id, how.drained ? 'draining' : 'removing');
    run('ending a replica', row.id, () => end(row, id, how).finally(() => ending.delete(id)));
  }

  /** Out of the edge, its grace, and gone: with its log's end kept when it failed. */
  async function end(row: DeploymentRow, id: string, { drained, failed }: { drained: boolean; failed: boolean }): Promise<void> {
    const scope = tenantScope(app.db, row.tenantId);
    // One that was made a moment ago may not be in memory yet.
    const container = app.directory.containers.get(id)[0] ?? (await containerGet(app.system, id));
    if (!container || container.state === 'removing' || container.state === 'removed') {
      await replicaDelete(app.system, id);
      return;
    }
    // Before its row forgets that it failed: a driver that takes this up sees only that it drains.
    if (failed && app.fleet.host(container.hostId)?.watch.live && container.engineId !== null) {
      const failureLog = await containerLogTail(app, container);
      if (failureLog !== '') await deploymentDriven(app.system, row, { failureLog });
    }
    if (drained) {
      await replicaPhase(app.system, id, 'draining');
      await targetDrain(app, row.id, id);
      if (container.engineId !== null) await containerStop(app, container, { timeoutSeconds: null, signal: null }).catch(() => {});
    }
    await replicaPhase(app.system, id, 'removing');
    await containerRemove(app, scope, container, { force: true, volumes: true });
    await replicaDelete(app.system, id);
  }

  return {
    begin(row, revision, actions, seen) {
      const failed = new Set(seen.filter(({ phase }) => phase === 'failed').map(({ id }) => id));
      for (const action of actions) {
        if (action.do === 'create') {
          if (!creating.has(action.slot)) run('making a replica', row.id, () => create(row, revision, action.slot));
        } else if (action.do === 'drain' || action.do === 'remove') {
          // One that is being made has no container to end yet: it is ended when it shows.
          if (ending.has(action.id) || action.id.startsWith(unborn)) continue;
          endBegin(row, action.id, { drained: action.do === 'drain', failed: failed.has(action.id) });
        }
      }
    },
    resume(row, seen) {
      for (const replica of seen) {
        if (ending.has(replica.id)) continue;
        if (replica.phase === 'draining' || replica.phase === 'removing')
          endBegin(row, replica.id, { drained: replica.phase === 'draining', failed: false });
        else if (replica.unstarted && !creating.has(replica.slot) && !starting.has(replica.id)) {
          starting.add(replica.id);
          run('starting a replica', row.id, () => start(replica.id).finally(() => starting.delete(replica.id)));
        }
      }
    },
    overlay(seen, wish) {
      const shown: Replica[] = seen.map((replica) => {
        const phase = ending.get(replica.id);
        // Its row goes from draining to removing by itself.
        return phase === undefined || replica.phase === 'draining' ? replica : { ...replica, phase };
      });
      const slots = new Set(seen.filter(({ phase }) => phase !== 'removing').map(({ slot }) => slot));
      for (const [slot, { revision, restarts, since }] of creating) {
        if (!slots.has(slot))
          shown.push({
            id: `${unborn}${slot}`,
            slot,
            revision,
            restarts,
            since,
            phase: 'starting',
            host: 'here',
            pinned: false,
            runs: false,
          });
      }
      return wish.state === 'deleting' ? shown.filter(({ id }) => !id.startsWith(unborn)) : shown;
    },
    async settled() {
      await Promise.allSettled([...work]);
    },
  };
}

/** How many replicas of the same deployment each host has, by the names they carry in memory. */
function peersOf(app: App, row: DeploymentRow, placed: ReadonlyMap<string, string>): Map<string, number> {
  const homes = new Map(placed);
  for (const container of app.directory.containersOf(row.tenantId)) {
    if (container.state !== 'removing' && container.name.startsWith(`${row.name}.`)) homes.set(container.id, container.hostId);
  }
  const peers = new Map<string, number>();
  for (const hostId of homes.values()) peers.set(hostId, (peers.get(hostId) ?? 0) + 1);
  return peers;
}
