import type { TenantScope } from '../db/scope.ts';
import { eventsAppend } from '../db/store/event.ts';
import { type EventNew, eventOwn } from '../domain/event.ts';
import { labelPrefix } from '../domain/labels.ts';
import type { EngineImageInspect } from '../engine/inspect-types.ts';
import type { App } from './context.ts';

type Told = Pick<EventNew, 'type' | 'action' | 'actorId'> & Partial<EventNew>;

/** Writes down what Berth did itself, for `docker events`. That it could not be written undoes nothing: it was done. */
export async function eventTell(app: Pick<App, 'log'>, scope: TenantScope, ...events: Told[]): Promise<void> {
  try {
    await eventsAppend(
      scope,
      events.map((event) => eventOwn({ actorName: event.attributes?.name ?? event.actorId, ...event })),
    );
  } catch (error) {
    app.log.warn('events could not be written', { cause: String(error) });
  }
}

/** The end of a prune, as Docker tells it: of a kind of things, with the bytes that went. */
export function eventPruned(type: EventNew['type'], bytes: number): Told {
  return { type, action: 'prune', actorId: '', attributes: { reclaimed: String(bytes) } };
}

/** Docker tells an image's labels with it, as long as there is an image. `document`: the engine's of it. */
export function eventOfImage(action: string, actorId: string, name: string, document?: unknown): Told {
  const labels = (document as EngineImageInspect | undefined)?.Config?.Labels ?? {};
  const own = Object.entries(labels).filter(([key]) => !key.startsWith(labelPrefix));
  return { type: 'image', action, actorId, attributes: { ...Object.fromEntries(own), name } };
}

export function eventOfVolume(action: string, name: string): Told {
  return { type: 'volume', action, actorId: name, attributes: { driver: 'local' } };
}

export function eventOfNetwork(action: string, network: { id: string; name: string }, more: Record<string, string> = {}): Told {
  return { type: 'network', action, actorId: network.id, attributes: { ...more, name: network.name, type: 'bridge' } };
}
