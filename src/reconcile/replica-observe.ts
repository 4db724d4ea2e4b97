import type { App } from '../app/context.ts';
import { containerGet } from '../db/store/container.ts';
import type { HostRow } from '../db/store/host.ts';
import { type ReplicaRow, replicaDelete } from '../db/store/replica.ts';
import type { RestartPolicy, UpdatePolicy } from '../domain/deployment-spec.ts';
import type { EngineContainerState } from '../engine/inspect-types.ts';
import type { Replica } from './plan-types.ts';

/** As an engine writes a time that has not come. */
const never = '0001-01-01';

/** A replica as its row and its engine show it now. */
export interface ReplicaSeen extends Replica {
  row: ReplicaRow;
  /** The phase its row has; another one is news. */
  before: Replica['phase'];
  /** Its engine has it, and was never asked to start it. */
  unstarted: boolean;
  /** It ended before the present connection to its engine: with the engine, for all we know, which says nothing against its revision. */
  endedUnseen: boolean;
}

/** Looks at each replica of a deployment. On a host that does not answer, it stays what it was: silence is no failure. */
export async function replicasObserve(
  app: App,
  rows: readonly ReplicaRow[],
  policy: { update: UpdatePolicy; restart: RestartPolicy },
  now: number,
): Promise<ReplicaSeen[]> {
  await app.directory.fresh();
  const present = await presentOf(app, rows);
  return Promise.all(
    present.map(async (row): Promise<ReplicaSeen> => {
      const container = app.directory.containers.get(row.containerId)[0];
      const host = container && app.fleet.host(container.hostId);
      const place = placeOf(host?.row);
      const phase = await phaseOf(app, row, policy, now);
      const document = container?.engineId && container.state === 'created' ? host?.watch.peek(container.engineId)?.document : null;
      return {
        id: row.containerId,
        ...{
          slot: row.slot,
          revision: row.revision,
          restarts: row.restarts,
          pinned: row.pinned,
          host: place,
          phase,
          runs: document?.State.Running === true && place !== 'lost',
          row,
          before: row.phase,
        },
        unstarted: phase === 'starting' && document != null && neverStarted(document.State),
        endedUnseen: document != null && endedBefore(document.State, host?.watch.facts?.clock),
        since: phase === row.phase ? row.since.getTime() : now,
      };
    }),
  );
}

function placeOf(host: Pick<HostRow, 'state' | 'upkeep'> | undefined): Replica['host'] {
  if (host?.state === 'lost') return 'lost';
  if (host?.upkeep === 'drain') return 'leaving';
  return host?.state === 'unreachable' ? 'silent' : 'here';
}

/** Without those whose containers are gone, whoever removed them. A newborn one may not be in memory yet, so the database has the last word. */
async function presentOf(app: App, rows: readonly ReplicaRow[]): Promise<ReplicaRow[]> {
  const present: ReplicaRow[] = [];
  for (const row of rows) {
    const known =
      app.directory.containers.get(row.containerId).length > 0 ||
      (await containerGet(app.system, row.containerId).then((found) => found !== undefined && found.state !== 'removed'));
    if (known) present.push(row);
    else await replicaDelete(app.system, row.containerId);
  }
  return present;
}

async function phaseOf(
  app: App,
  row: ReplicaRow,
  policy: { update: UpdatePolicy; restart: RestartPolicy },
  now: number,
): Promise<Replica['phase']> {
  const container = app.directory.containers.get(row.containerId)[0];
  if (!container) return row.phase;
  if (container.state === 'removing' || row.phase === 'removing') return 'removing';
  if (row.phase === 'draining' || row.phase === 'failed' || row.phase === 'finished') return row.phase;
  const late = row.phase === 'starting' && now > row.since.getTime() + policy.update.healthDeadlineMs;
  if (container.state === 'creating' || container.engineId === null) return late ? 'failed' : row.phase;
  const watch = app.fleet.host(container.hostId)?.watch;
  if (!watch?.live) return row.phase;
  const read = await watch.read(container.engineId);
  if (!read.live) return row.phase;
  if (read.observation.document === null) return 'failed';
  return statePhase(read.observation.document.State, row.phase, policy.restart, late);
}

/** Pure. */
export function neverStarted({ StartedAt }: EngineContainerState): boolean {
  return StartedAt.startsWith(never);
}

/** Pure. By the engine's own clock. */
export function endedBefore(state: EngineContainerState, clock: Date | undefined): boolean {
  const ended = !state.Running && !state.FinishedAt.startsWith(never);
  return ended && clock !== undefined && Date.parse(state.FinishedAt) < clock.getTime();
}

/** Pure: what a state of an engine means for a replica that was in `before`. */
export function statePhase(state: EngineContainerState, before: Replica['phase'], restart: RestartPolicy, late: boolean): Replica['phase'] {
  if (!state.Running) {
    if (neverStarted(state)) return late ? 'failed' : before;
    return state.ExitCode === 0 && restart.condition !== 'any' ? 'finished' : 'failed';
  }
  if (state.Health?.Status === 'unhealthy') return 'failed';
  if (state.Health?.Status === 'starting' && before === 'starting') return late ? 'failed' : 'starting';
  return 'ready';
}
