import type { NetworkRow } from '../db/store/network.ts';
import { EngineError } from '../engine/engine.ts';
import type { EngineNetworkInspect } from '../engine/inspect-types.ts';
import type { App } from './context.ts';

/** What the engines say of a network, one document per host it is on. A host that does not answer is left out. */
export async function networkDocuments(app: App, network: NetworkRow): Promise<EngineNetworkInspect[]> {
  const asked = app.directory.realizations.get(network.id).map(async ({ hostId, engineId }) => {
    const host = app.fleet.host(hostId);
    if (engineId === null || !host?.watch.live) return [];
    try {
      return [await host.watch.engine.json<EngineNetworkInspect>({ method: 'GET', path: `/networks/${engineId}`, deadlineMs: 5_000 })];
    } catch (error) {
      if (error instanceof EngineError && error.status !== 404) throw error;
      return [];
    }
  });
  return (await Promise.all(asked)).flat();
}
