import type { TenantScope } from '../db/scope.ts';
import { imageGrantAdd, imageRecord, imageReferenceSet } from '../db/store/image.ts';
import type { EngineImageInspect } from '../engine/inspect-types.ts';
import { hostEngine } from './container-host.ts';
import type { App } from './context.ts';

/**
 * A tenant brought an image to a host by its own right: it is recorded, the tenant may use it, and its names point at it.
 * `found`: any name by which that engine knows it. Returns the image's id.
 */
export async function imageAdopt(
  app: App,
  scope: TenantScope,
  hostId: string,
  found: string,
  names: { name: string; kind: 'tag' | 'digest' }[],
): Promise<string> {
  const document = await hostEngine(app, hostId).json<EngineImageInspect>({ method: 'GET', path: `/images/${found}/json` });
  await imageRecord(app.system, { id: document.Id, document }, hostId);
  await imageGrantAdd(scope, document.Id);
  for (const { name, kind } of names) await imageReferenceSet(scope, name, kind, document.Id);
  return document.Id;
}
