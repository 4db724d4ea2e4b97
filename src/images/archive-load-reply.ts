import { BerthError } from '../domain/errors.ts';
import type { LoadedImage } from './archive-load.ts';
import type { ProgressLine, Scrub } from './progress.ts';
import { errorText, progressLine } from './progress.ts';
import { progressObjects } from './progress-lines.ts';

/**
 * The engine's reply to a load, as the tenant would see it from an engine of its own: the engine saw no tag and names ids, the
 * tenant reads `Loaded image: busybox:1`. `confirmed` are the ids that the engine said it has, once `lines` was read to its end.
 */
export function loadReplyRewrite(
  source: AsyncIterable<Uint8Array>,
  images: LoadedImage[] | Promise<LoadedImage[]>,
  scrub: Scrub,
): { lines: AsyncIterable<ProgressLine>; confirmed: Promise<string[]> } {
  const { promise, resolve, reject } = Promise.withResolvers<string[]>();
  promise.catch(() => {});
  async function* lines(): AsyncGenerator<ProgressLine, void, undefined> {
    const confirmed = new Set<string>();
    try {
      for await (const object of progressObjects(source)) {
        if (errorText(object) === null && typeof object.stream === 'string') {
          // An engine may tell of several images in one line.
          for (const [, id] of object.stream.matchAll(/^Loaded image ID: (sha256:[0-9a-f]{64})$/gm)) {
            confirmed.add(id!);
            const references = (await images).find((image) => image.configDigest === id)?.references ?? [];
            for (const reference of references) yield { stream: `Loaded image: ${reference}\n` };
            if (references.length === 0) yield { stream: `Loaded image ID: ${id}\n` };
          }
          continue;
        }
        const line = progressLine(object, scrub);
        if (line !== null) yield line;
      }
      resolve([...confirmed]);
    } catch (cause) {
      reject(cause);
      throw cause;
    } finally {
      reject(new BerthError('unavailable', 'The load was given up before it ended.'));
    }
  }
  return { lines: lines(), confirmed: promise };
}
