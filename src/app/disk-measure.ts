import { tenantDiskSet } from '../db/store/quota.ts';
import type { FleetHost } from '../observe/fleet.ts';
import type { App } from './context.ts';
import { engineDisk } from './engine-disk.ts';

/** Writes down what a host holds of each tenant, without its images: those count once, on whichever hosts they are. Throws what the engine throws. */
export async function hostDiskMeasure(app: App, host: FleetHost): Promise<void> {
  const { Containers, Volumes } = await engineDisk(host.watch.engine, 'all');
  const bytes = new Map<string, number>();
  const add = (tenantId: string | undefined, more: number | undefined) => {
    if (tenantId !== undefined) bytes.set(tenantId, (bytes.get(tenantId) ?? 0) + Math.max(0, more ?? 0));
  };
  for (const { Id, SizeRw } of Containers ?? []) add(app.directory.containerByEngineId(Id)?.tenantId, SizeRw);
  const owners = new Map([...app.directory.volumes.all()].map(({ engineName, tenantId }) => [engineName, tenantId]));
  for (const { Name, UsageData } of Volumes ?? []) add(owners.get(Name), UsageData?.Size);
  await tenantDiskSet(app.system, host.row.id, bytes);
}
