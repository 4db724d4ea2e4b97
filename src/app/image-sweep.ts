import { imageLeft, imagesUnused, imageUnusedClaim } from '../db/store/image-sweep.ts';
import type { FleetHost } from '../observe/fleet.ts';
import type { App } from './context.ts';
import { engineImageRemove } from './image-make.ts';

/**
 * Takes the images off a host that nobody has held for so long: neither a tenant, nor a container, a build's cache, a deployment or a job.
 * One that stays is tried again after as long.
 */
export async function hostImagesSweep(app: App, host: FleetHost, unusedMs: number): Promise<void> {
  for (const id of await imagesUnused(app.system, host.row.id, unusedMs)) {
    if (!(await imageUnusedClaim(app.system, id, host.row.id, unusedMs))) continue;
    try {
      await engineImageRemove(app, host.row.id, id);
      await imageLeft(app.system, id, host.row.id);
    } catch (error) {
      app.log.warn('an image that nobody has stays on a host for now', { image: id, host: host.row.name, cause: String(error) });
    }
  }
}
