import { containerEngine } from './container-host.ts';
import type { App } from './context.ts';
import { engineGuard } from './engine-failure.ts';
import { imageScrub } from './image-scrub.ts';

/** The archive that a host makes of images it has, as the engine writes it. Throws what `engineGuard` makes of the engine's error. */
export async function imageArchiveGet(
  app: App,
  hostId: string,
  imageIds: string[],
  signal?: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const { body } = await engineGuard(imageScrub, () =>
    containerEngine(app, { hostId }).stream({
      ...{ method: 'GET', path: '/images/get', query: { names: imageIds }, deadlineMs: 120_000 },
      ...(signal && { signal }),
    }),
  );
  return body;
}
