import type { ContainerRow } from '../db/store/container.ts';
import type { Engine } from '../engine/engine.ts';
import { engineUnavailable } from '../engine/engine.ts';
import type { App } from './context.ts';

/** The engine a container lives on. Throws `unavailable` when its host has left the fleet. */
export function containerEngine(app: App, row: Pick<ContainerRow, 'hostId'>): Engine {
  return hostEngine(app, row.hostId);
}

export function hostEngine(app: App, hostId: string): Engine {
  const host = app.fleet.host(hostId);
  if (!host) throw engineUnavailable(new Error('its host is not in the fleet'));
  return host.watch.engine;
}

/** Whether its engine is heard at the moment. */
export function hostAnswers(app: App, hostId: string): boolean {
  return app.fleet.host(hostId)?.watch.live === true;
}

/** Whether the fleet has given it up: what was there may be taken for gone, and is removed if it comes back. */
export function hostLost(app: App, hostId: string): boolean {
  return app.fleet.host(hostId)?.row.state === 'lost';
}
