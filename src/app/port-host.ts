import type { ContainerRow } from '../db/store/container.ts';
import { type HostPortRow, hostPortsEnsure } from '../db/store/port.ts';
import { EngineUnreachable } from '../engine/engine.ts';
import { engineReach } from '../engine/reach.ts';
import { type ContainerPort, containerPortsPublished } from '../policy/ports-choose.ts';
import { hostEngine } from './container-host.ts';
import type { App } from './context.ts';

/** Finds a place on the host for each port that a container publishes. It keeps them to its end, so that no restart leads the edge to another's. */
export async function containerHostPorts(
  app: App,
  row: ContainerRow,
  imagePorts: readonly string[],
  ownersPorts: readonly ContainerPort[],
): Promise<HostPortRow[]> {
  const ports = [...containerPortsPublished(row.spec, imagePorts), ...ownersPorts];
  if (ports.length === 0) return [];
  return hostPortsEnsure(app.system, { containerId: row.id, hostId: row.hostId, address: await bindAddress(app, row.hostId) }, ports);
}

/** In a network namespace of its own an engine is reached by nobody but this machine, and its address may be another one after a reboot. */
async function bindAddress(app: App, hostId: string): Promise<string> {
  if (app.fleet.host(hostId)?.row.address) return '0.0.0.0';
  const { url } = hostEngine(app, hostId).address;
  return engineReach(url).catch((cause: unknown) => {
    throw new EngineUnreachable(cause);
  });
}
