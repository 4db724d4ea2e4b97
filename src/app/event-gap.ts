import { tenantScopeWithin } from '../db/scope.ts';
import type { ContainerRow } from '../db/store/container.ts';
import { type EventRow, eventOwners, eventsAppend, eventsOfLives } from '../db/store/event.ts';
import type { EngineContainerState } from '../engine/inspect-types.ts';
import { nanoTimeRead } from '../policy/nano-time.ts';
import type { App } from './context.ts';

/** Less than events are kept: what is older was told once, and is forgotten. */
const daysBack = 6n;
const second = 1_000_000_000n;
/** An engine tells of a start or an end a moment after the time that it notes for it. */
const [earlyNano, lateNano] = [2n * second, 60n * second];
const never = '0001-01-01';

interface Turn {
  row: ContainerRow & { engineId: string };
  action: 'start' | 'die';
  timeNano: bigint;
  exitCode: number;
}

/**
 * Tells of the last start and the last end of a host's containers where no engine did: it keeps 256 events, so of a longer gap it has
 * forgotten some. They are marked as concluded. What was started and ended several times meanwhile is told once. May be started twice.
 */
export async function eventsGap(app: App, hostId: string): Promise<void> {
  const watch = app.fleet.host(hostId)?.watch;
  if (!watch?.live) return;
  const since = BigInt(Date.now()) * 1_000_000n - daysBack * 86_400n * second;
  const turns: Turn[] = [];
  for (const row of app.directory.containers.all()) {
    if (row.hostId !== hostId || row.state !== 'created' || row.engineId === null) continue;
    const { observation, live } = await watch.read(row.engineId);
    const { document } = observation;
    if (document && live) turns.push(...turnsOf(row as Turn['row'], document.State).filter(({ timeNano }) => timeNano > since));
  }
  const told = await eventsOfLives(app.system, [...new Set(turns.map(({ row }) => row.engineId))], since - lateNano);
  const untold = turns.filter((turn) => !told.some((event) => isOf(turn, event))).sort((a, b) => (a.timeNano < b.timeNano ? -1 : 1));
  const owners = new Map(
    (
      await eventOwners(
        app.system,
        untold.map(({ row }) => row.id),
      )
    ).map((owner) => [owner.id, owner]),
  );
  for (const { row, action, timeNano, exitCode } of untold) {
    const owner = owners.get(row.id);
    if (!owner) continue;
    const { name, spec, deployment } = owner;
    const attributes = { ...spec.labels, image: spec.image, name, ...(action === 'die' && { exitCode: String(exitCode) }) };
    const source = [hostId, row.engineId, 'concluded', action, timeNano].join('/');
    await eventsAppend(tenantScopeWithin(app.system, row.tenantId), [
      { type: 'container', action, actorId: row.engineId, actorName: name, deployment, attributes, timeNano, synthesised: true, source },
    ]);
  }
  if (untold.length > 0) app.log.info('events of a gap were concluded', { host: hostId, count: untold.length });
}

function turnsOf(row: Turn['row'], { StartedAt, FinishedAt, ExitCode }: EngineContainerState): Turn[] {
  const turn = (action: Turn['action'], text: string): Turn[] =>
    text.startsWith(never) ? [] : [{ row, action, timeNano: nanoTimeRead(text), exitCode: ExitCode }];
  return [...turn('start', StartedAt), ...turn('die', FinishedAt)];
}

function isOf({ row, action, timeNano }: Turn, event: Pick<EventRow, 'actorId' | 'action' | 'timeNano'>): boolean {
  const after = event.timeNano - timeNano;
  return event.actorId === row.engineId && event.action === action && after > -earlyNano && after < lateNano;
}
