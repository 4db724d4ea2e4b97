import { containerLogTail } from '../app/container-log-tail.ts';
import type { App } from '../app/context.ts';
import { revisionCurrent } from '../app/deployment-read.ts';
import { scopeTransaction, tenantScopeWithin } from '../db/scope.ts';
import {
  type DeploymentRow,
  deploymentDelete,
  deploymentDrive,
  deploymentDriven,
  deploymentsDue,
  deploymentsRelease,
} from '../db/store/deployment.ts';
import { eventsAppend } from '../db/store/event.ts';
import { operationsFail, operationsSettle } from '../db/store/operation.ts';
import { publicationsOfDeployment } from '../db/store/port.ts';
import { replicaPhase, replicasOf } from '../db/store/replica.ts';
import { eventOwn } from '../domain/event.ts';
import { type ActionsUnderWay, actionsUnderWay } from './actions.ts';
import { plan } from './plan.ts';
import type { Wish } from './plan-types.ts';
import { type ReplicaSeen, replicasObserve } from './replica-observe.ts';
import { portsEnsure, targetsSync } from './targets.ts';
import { hostsJudge } from './tasks/host-lost.ts';

const dueMs = 1_000;
/** One that is as wished is looked at this often, though nothing told of a change. */
const idleMs = 15_000;
const judgeMs = 500;
/** What is told within so long of the last look is answered by one more. */
const togetherMs = 30;
/** A replica that stayed ready for this long ends a row of failures. */
const recoveredMs = 10_000;

export interface Driver {
  start(): void;
  /** Something of this deployment may have changed. */
  wake(deploymentId: string): void;
  /** Begins nothing more. */
  halt(): void;
  /** Ends in order: what is under way is finished, and the leases are given up. */
  stop(): Promise<void>;
}

/**
 * Drives deployments from what is to what is wished. Each is driven by one process at a time, by a lease; each by itself, so that a
 * stuck one delays no other. Woken by notices, by what engines show, and by timer: a lost wake-up costs a delay and no more.
 */
export function driverMake(app: App): Driver {
  const running = new Map<string, { again: boolean }>();
  const timers = new Map<string, NodeJS.Timeout>();
  const underWay = new Map<string, ActionsUnderWay>();
  const deploymentOfContainer = new Map<string, string>();
  const work = new Set<Promise<void>>();
  let dueTimer: NodeJS.Timeout | undefined;
  let judgeTimer: NodeJS.Timeout | undefined;
  let renewTimer: NodeJS.Timeout | undefined;
  /** Driven here and not as wished yet: these leases are renewed, or another process would take the work out of this one's hands. */
  const unfinished = new Set<string>();
  let stopped = false;

  function wake(id: string): void {
    if (stopped) return;
    const busy = running.get(id);
    if (busy) {
      busy.again = true;
      return;
    }
    const state = { again: false };
    running.set(id, state);
    const done = driveUntilStill(id, state)
      .catch((error) => {
        // The lease runs out, and the look at what is due finds it again.
        unfinished.delete(id);
        app.log.warn('a deployment could not be driven and will be tried again', { deployment: id, cause: String(error) });
      })
      .finally(() => {
        running.delete(id);
        work.delete(done);
      });
    work.add(done);
  }

  async function driveUntilStill(id: string, state: { again: boolean }): Promise<void> {
    do {
      state.again = false;
      await drive(id);
      // Ten replicas that start tell of it thirty times: one look answers many of them.
      if (state.again) await new Promise((resolve) => setTimeout(resolve, togetherMs));
    } while (state.again && !stopped);
  }

  async function drive(id: string): Promise<void> {
    clearTimeout(timers.get(id));
    timers.delete(id);
    const row = await deploymentDrive(app.system, id, app.processId, app.pace.driverLeaseMs);
    if (!row) {
      unfinished.delete(id);
      return;
    }
    unfinished.add(id);
    const revision = await revisionCurrent(app, row);
    const { spec } = revision;
    const now = Date.now();
    const [rows, have] = await Promise.all([replicasOf(app.system, id), publicationsOfDeployment(app.system, id)]);
    const policy = rows.some((replica) => replica.revision > row.revision) ? spec.rollback : spec.update;
    const seen = await replicasObserve(app, rows, { update: policy, restart: spec.restart }, now);
    for (const replica of seen) deploymentOfContainer.set(replica.id, id);
    const counted = await newsWrite(row, seen, now);
    const ports = row.state === 'active' ? await portsEnsure(app, row, spec.ports, have) : { publications: have, refused: null };
    await targetsSync(app, ports.publications, seen);
    const wish: Wish = {
      ...{ state: row.state, replicas: row.replicas, revision: row.revision, restarts: row.restarts, stableRevision: row.stableRevision },
      ...{ update: policy, restart: spec.restart, batchAt: row.batchAt?.getTime() ?? 0 },
      ...counted,
    };
    const actions = underWay.get(id) ?? actionsUnderWay(app, () => wake(id));
    underWay.set(id, actions);
    const next = plan(wish, actions.overlay(seen, wish), now);
    if (next.status.phase === 'gone') return finish(row);
    if (ports.refused !== null) next.status = { phase: 'degraded', reason: ports.refused };
    await statusWrite(row, counted, next, now);
    const verdict = next.actions.find((action) => action.do === 'rollback' || action.do === 'hold');
    if (!verdict) {
      actions.begin(row, revision, next.actions, seen);
      actions.resume(row, seen);
    }
    await statusTell(row, next.status);
    if (verdict) return giveUp(row, verdict, await failureLogOf(row, seen));
    if (next.status.phase === 'ready') unfinished.delete(id);
    const wakeAt = next.wakeAt ?? (next.status.phase === 'ready' ? null : now + 2_000);
    // A timer of a look that was under way when this process began to end would keep it from ending.
    if (wakeAt !== null && !stopped)
      timers.set(
        id,
        setTimeout(() => wake(id), Math.max(0, wakeAt - Date.now())),
      );
  }

  /** Writes the phases that are news, and counts failures: those that a revision may be blamed for. */
  async function newsWrite(
    row: DeploymentRow,
    seen: readonly ReplicaSeen[],
    now: number,
  ): Promise<Pick<Wish, 'failures' | 'failuresInRow' | 'failedAt'>> {
    let { failures, failuresInRow } = row;
    let failedAt = row.failedAt?.getTime() ?? 0;
    for (const replica of seen) {
      if (replica.phase === replica.before) continue;
      await replicaPhase(app.system, replica.id, replica.phase);
      if (replica.phase !== 'failed') continue;
      await tell(row, 'replica_failed', { revision: String(replica.revision), slot: String(replica.slot + 1) });
      if (replica.endedUnseen) continue;
      failuresInRow++;
      failedAt = now;
      if (replica.revision === row.revision && row.revision !== row.stableRevision) failures++;
    }
    if (seen.some(({ phase, since, revision }) => phase === 'ready' && revision === row.revision && now > since + recoveredMs))
      failuresInRow = 0;
    return { failures, failuresInRow, failedAt };
  }

  async function statusWrite(
    row: DeploymentRow,
    counted: Pick<Wish, 'failures' | 'failuresInRow' | 'failedAt'>,
    next: ReturnType<typeof plan>,
    now: number,
  ): Promise<void> {
    const ready = next.status.phase === 'ready';
    const began = next.actions.some((action) => action.do === 'create');
    const set: Partial<DeploymentRow> = {
      phase: next.status.phase,
      reason: next.status.reason,
      ...{
        failures: ready ? 0 : counted.failures,
        failuresInRow: counted.failuresInRow,
        failedAt: counted.failedAt ? new Date(counted.failedAt) : null,
      },
      // Without a replica nothing is known of it.
      ...(ready && row.replicas > 0 && { stableRevision: row.revision }),
      ...(began && { batchAt: new Date(now) }),
      wakeAt: next.wakeAt === null ? null : new Date(next.wakeAt),
    };
    await deploymentDriven(app.system, row, set);
  }

  /** What nothing has to wait for that is to begin. */
  async function statusTell(row: DeploymentRow, status: ReturnType<typeof plan>['status']): Promise<void> {
    if (status.phase === 'ready' && row.phase !== 'ready') await tell(row, 'ready', { revision: String(row.revision) });
    await operationsSettle(app.system, row.id, row.version, status);
  }

  /** An update that failed: back to what was ready, or held where it is. The operation says why; the deployment keeps the failing log. */
  async function giveUp(
    row: DeploymentRow,
    verdict: { do: 'rollback' } | { do: 'hold'; reason: string },
    failureLog: string,
  ): Promise<void> {
    const why = row.reason || 'its replicas did not become ready';
    await operationsFail(app.system, row.id, row.version, `revision ${row.revision} failed: ${why}`);
    const set: Partial<DeploymentRow> =
      verdict.do === 'hold'
        ? { state: 'paused', phase: 'degraded', reason: `held at revision ${row.revision}: ${verdict.reason}` }
        : {
            revision: row.stableRevision ?? row.revision,
            version: row.version + 1,
            reason: `went back from revision ${row.revision}: ${why}`,
          };
    await deploymentDriven(app.system, row, { ...set, failureLog, failures: 0, failuresInRow: 0, failedAt: null });
    const action = verdict.do === 'hold' ? 'held' : 'rolled_back';
    await tell(row, action, { revision: String(row.revision), reason: verdict.do === 'hold' ? verdict.reason : why });
    wake(row.id);
  }

  /** The end of what a replica of this revision wrote before it failed; what is kept of an earlier one where this one's host does not answer. */
  async function failureLogOf(row: DeploymentRow, seen: readonly ReplicaSeen[]): Promise<string> {
    const failed = seen.find((replica) => replica.phase === 'failed' && replica.revision === row.revision);
    const container = failed && app.directory.containers.get(failed.id)[0];
    const live = container && app.fleet.host(container.hostId)?.watch.live;
    return (live && (await containerLogTail(app, container))) || row.failureLog;
  }

  /** History is told, not promised: a wish does not wait for it. */
  async function tell({ id, name, tenantId }: DeploymentRow, action: string, attributes: Record<string, string>): Promise<void> {
    const event = eventOwn({ type: 'deployment', action, actorId: id, actorName: name, deployment: name, attributes });
    await eventsAppend(tenantScopeWithin(app.system, tenantId), [event]).catch((error) =>
      app.log.warn('an event could not be written', { deployment: id, cause: String(error) }),
    );
  }

  async function finish(row: DeploymentRow): Promise<void> {
    // At once, or a second delete in between would find neither work under way nor nothing.
    await scopeTransaction(app.system, async (system) => {
      await operationsSettle(system, row.id, row.version, { phase: 'ready', reason: '' });
      await deploymentDelete(system, row.id, row.epoch);
    });
    unfinished.delete(row.id);
    underWay.delete(row.id);
  }

  function renew(): void {
    for (const id of unfinished) {
      const renewal = deploymentDrive(app.system, id, app.processId, app.pace.driverLeaseMs)
        .then(
          (row) => void (row ?? unfinished.delete(id)),
          // The database is away: the lease runs out, and whoever is back first takes it.
          () => {},
        )
        .finally(() => work.delete(renewal));
      work.add(renewal);
    }
  }

  /** Every deployment with a replica there: it may have to move, or may come back. */
  function wakeHost(hostId: string): void {
    for (const [containerId, deploymentId] of deploymentOfContainer) {
      const container = app.directory.containers.get(containerId)[0];
      if (!container) deploymentOfContainer.delete(containerId);
      else if (container.hostId === hostId) wake(deploymentId);
    }
  }

  function beginNothingMore(): void {
    stopped = true;
    clearInterval(dueTimer);
    clearInterval(judgeTimer);
    for (const timer of timers.values()) clearTimeout(timer);
  }

  function halt(): void {
    beginNothingMore();
    clearInterval(renewTimer);
  }

  return {
    wake,
    start() {
      const due = (idle: number) => {
        deploymentsDue(app.system, { idleMs: idle, lostMs: app.pace.processLostMs })
          .then((ids) => ids.forEach(wake))
          .catch((error) => app.log.warn('deployments could not be read', { cause: String(error) }));
      };
      app.bus.on('row:deployment', wake);
      app.bus.on('row:host', (hostId) => void app.fleet.reload().then(() => wakeHost(hostId)));
      app.fleet.follow((engineId) => {
        const container = app.directory.containerByEngineId(engineId);
        const known = container && deploymentOfContainer.get(container.id);
        if (known !== undefined) wake(known);
      });
      // What happened while nobody listened told nobody.
      app.bus.on('resync', () => due(0));
      dueTimer = setInterval(() => due(idleMs), dueMs);
      renewTimer = setInterval(renew, app.pace.driverLeaseMs / 3);
      judgeTimer = setInterval(() => void hostsJudge(app), judgeMs);
      due(0);
    },
    halt,
    async stop() {
      beginNothingMore();
      // A replica may take its whole grace to end: its deployment stays this process's until then.
      await Promise.allSettled([...work, ...[...underWay.values()].map((actions) => actions.settled())]);
      clearInterval(renewTimer);
      await Promise.allSettled(work);
      await deploymentsRelease(app.system, app.processId);
    },
  };
}
