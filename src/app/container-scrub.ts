import { type ContainerRow, containerEngineName } from '../db/store/container.ts';
import { type EngineNames, engineMessageScrub } from '../policy/engine-message.ts';
import type { App } from './context.ts';
import type { MessageScrub } from './engine-failure.ts';
import { networkEngineName } from './network-realize.ts';

/** Where a daemon repeats how its caller named the container. Its caller is Berth, by id, and Berth's caller goes by names. Source: moby's daemon. */
const asAsked =
  /^(Cannot (?:kill|stop) container: |Cannot restart container |Container (?=\S+ is paused, unpause)|Could not find the file \S+ in container )[0-9a-f]{64}/;

/** Gives an engine's message about a container the tenant's own names for everything. */
export function containerScrub(app: App, row: Pick<ContainerRow, 'id' | 'name' | 'tenantId'>): MessageScrub {
  return (message) => engineMessageScrub(message, containerNames(app, row)).replace(asAsked, `$1${row.name}`);
}

/** What an engine may call the things of a container's tenant. */
export function containerNames(app: App, row: Pick<ContainerRow, 'id' | 'name' | 'tenantId'>): EngineNames {
  const names = new Map<string, string>([[containerEngineName(row.id), row.name]]);
  for (const other of app.directory.containersOf(row.tenantId)) {
    names.set(containerEngineName(other.id), other.name);
    if (other.engineId !== null) names.set(other.engineId, other.engineId);
  }
  for (const network of app.directory.networksOf(row.tenantId)) {
    names.set(networkEngineName(network.id), network.name);
    for (const { engineId } of app.directory.realizations.get(network.id)) if (engineId !== null) names.set(engineId, network.id);
  }
  for (const volume of app.directory.volumesOf(row.tenantId)) names.set(volume.engineName, volume.name);
  return names;
}
