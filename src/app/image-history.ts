import type { ImageRow } from '../db/store/image.ts';
import type { EngineImageHistoryItem } from '../engine/inspect-types.ts';
import { containerEngine } from './container-host.ts';
import type { App } from './context.ts';
import { engineGuard } from './engine-failure.ts';
import { imageHolder } from './image-save.ts';
import { imageScrub } from './image-scrub.ts';

/** The layers of an image as a host that holds it tells them. */
export async function imageHistory(app: App, image: ImageRow): Promise<EngineImageHistoryItem[]> {
  const hostId = await imageHolder(app, image);
  return engineGuard(imageScrub, () =>
    containerEngine(app, { hostId }).json<EngineImageHistoryItem[]>({ method: 'GET', path: `/images/${image.id}/history` }),
  );
}
