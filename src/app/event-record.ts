import { tenantScopeWithin } from '../db/scope.ts';
import { type EventOwner, eventOwners, eventsAppend, execsOwn } from '../db/store/event.ts';
import type { EventNew } from '../domain/event.ts';
import { labels } from '../domain/labels.ts';
import type { EngineEvent } from '../engine/events.ts';
import type { App } from './context.ts';
import { eventParts } from './event-parts.ts';

const batchMs = 50;
/** The row of an exec is written when the engine has answered, and its first event comes before. After that it was a health probe. */
const execWaitMs = 1_000;
const rememberedDeployments = 5_000;

const actionsKept = new Set([
  ...['create', 'start', 'die', 'stop', 'kill', 'restart', 'pause', 'unpause', 'destroy', 'oom', 'health_status', 'update', 'commit'],
  ...['attach', 'detach', 'resize', 'top', 'export', 'archive-path', 'extract-to-dir', 'copy'],
]);
const execActions = new Set(['exec_create', 'exec_start', 'exec_die']);
/** What an engine says of an event, beside what Berth says itself: names and labels there are ours. */
const attributesKept = ['exitCode', 'signal', 'execID', 'execDuration', 'height', 'width'];

interface Pending {
  hostId: string;
  containerId: string;
  event: EngineEvent;
  exec: string | null;
  until: number;
}

/** Writes what engines tell into the histories of those whose containers it is about. */
export interface EventRecorder {
  /** Events of one host come in its order, and may come twice. */
  note(hostId: string, event: EngineEvent): void;
  /** Writes what has come. */
  flush(): Promise<void>;
  /** The same, and nothing after it. */
  settled(): Promise<void>;
}

export function eventRecorder({ system, log, directory }: Pick<App, 'system' | 'log' | 'directory'>): EventRecorder {
  let pending: Pending[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let writing: Promise<void> = Promise.resolve();
  // A replica's row goes with its container, and the last event comes after.
  const deployments = new Map<string, string>();

  function deploymentOf({ id, deployment }: EventOwner): string | null {
    if (deployment === null) return deployments.get(id) ?? null;
    const oldest = deployments.size >= rememberedDeployments ? deployments.keys().next() : undefined;
    if (oldest?.value !== undefined) deployments.delete(oldest.value);
    deployments.set(id, deployment);
    return deployment;
  }

  async function write(): Promise<void> {
    const batch = pending;
    pending = [];
    const owners = new Map(
      (await eventOwners(system, [...new Set(batch.map(({ containerId }) => containerId))])).map((owner) => [owner.id, owner]),
    );
    const execs = await execsOwn(system, [...new Set(batch.flatMap(({ exec }) => exec ?? []))]);
    const byTenant = new Map<string, EventNew[]>();
    for (const one of batch) {
      const owner = owners.get(one.containerId);
      if (!owner) continue;
      if (one.exec !== null && !execs.has(one.exec)) {
        if (Date.now() < one.until) pending.push(one);
        continue;
      }
      const events = byTenant.get(owner.tenantId) ?? [];
      byTenant.set(owner.tenantId, events);
      events.push(...eventsOf(one, owner, { deployment: deploymentOf(owner), networks: directory.networksOf(owner.tenantId) }));
    }
    for (const [tenantId, events] of byTenant) await eventsAppend(tenantScopeWithin(system, tenantId), eventsOnce(events));
    if (pending.length > 0) soon();
  }

  function next(): Promise<void> {
    writing = writing.then(write).catch((error) => log.warn('events could not be written', { cause: String(error) }));
    return writing;
  }

  function soon(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      void next();
    }, batchMs);
  }

  return {
    note(hostId, event) {
      const containerId = event.Actor.Attributes[labels.container];
      const [action = ''] = event.Action.split(':');
      const isExec = execActions.has(action);
      if (containerId === undefined || !(isExec || actionsKept.has(action)) || untold(action, event.Actor.Attributes)) return;
      pending.push({
        hostId,
        containerId,
        event,
        exec: isExec ? (event.Actor.Attributes.execID ?? '') : null,
        until: Date.now() + execWaitMs,
      });
      soon();
    },
    flush: next,
    async settled() {
      clearTimeout(timer);
      await next();
      clearTimeout(timer);
    },
  };
}

/** What a build does beside the containers of its RUN and WORKDIR, and the commits of those, is no event of a classic builder. */
function untold(action: string, attributes: Record<string, string>): boolean {
  return labels.untold in attributes || (action === 'commit' && attributes.comment === labels.untold);
}

function eventsOf(
  { hostId, event, exec }: Pending,
  { name, spec }: EventOwner,
  { deployment, networks }: { deployment: string | null; networks: Parameters<typeof eventParts>[0]['networks'] },
): EventNew[] {
  const { Action, Actor, timeNano } = event;
  // A command line may hold a secret.
  const action = exec === null ? Action : (Action.split(':')[0] ?? '');
  const told = attributesKept.flatMap((key) => (Actor.Attributes[key] === undefined ? [] : [[key, Actor.Attributes[key]] as const]));
  const own = { deployment, timeNano: BigInt(timeNano), synthesised: false };
  const source = [hostId, Actor.ID, timeNano, action, exec ?? ''].join('/');
  const { before, after } = eventParts({ action, actorId: Actor.ID, spec, networks });
  const part = (one: (typeof before)[number]) => ({ ...own, ...one, source: [source, one.type, one.actorId].join('/') });
  const attributes = { ...spec.labels, image: spec.image, name, ...Object.fromEntries(told) };
  return [
    ...before.map(part),
    { ...own, type: 'container', action, actorId: Actor.ID, actorName: name, attributes, source },
    ...after.map(part),
  ];
}

function eventsOnce(events: readonly EventNew[]): EventNew[] {
  return [...new Map(events.map((event) => [event.source, event])).values()];
}
