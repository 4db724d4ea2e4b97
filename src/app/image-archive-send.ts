import { archiveLoadRewrite, type LoadedImage } from '../images/archive-load.ts';
import { loadReplyRewrite } from '../images/archive-load-reply.ts';
import type { ProgressLine } from '../images/progress.ts';
import { containerEngine } from './container-host.ts';
import type { App } from './context.ts';
import { engineFailure } from './engine-failure.ts';
import { imageScrub } from './image-scrub.ts';

export interface ArchiveSent {
  /** The engine's progress; must be read to its end. */
  lines: AsyncIterable<ProgressLine>;
  /** Resolves after the last line: what the engine says it has. */
  loaded: Promise<LoadedImage[]>;
}

/** Loads an archive at a host, without its tags and with each layer checked. A refusal of the archive is thrown as it is, an engine's scrubbed. */
export async function imageArchiveSend(
  app: App,
  hostId: string,
  archive: AsyncIterable<Uint8Array>,
  quiet: boolean,
  signal: AbortSignal,
): Promise<ArchiveSent> {
  const { output, images } = archiveLoadRewrite(archive, app.archiveTools);
  // An archive that breaks off breaks the call to the engine too; then the archive is the reason.
  let refusal: unknown = null;
  const watched = (async function* () {
    try {
      yield* output;
    } catch (error) {
      refusal = error;
      throw error;
    }
  })();
  const failure = (error: unknown) => refusal ?? engineFailure(error, imageScrub);
  try {
    const { body } = await containerEngine(app, { hostId }).stream({
      method: 'POST',
      path: '/images/load',
      query: { quiet },
      stream: watched,
      signal,
      deadlineMs: 0,
    });
    const { lines, confirmed } = loadReplyRewrite(body, images, imageScrub);
    const loaded = Promise.all([images, confirmed]).then(([all, ids]) => all.filter(({ configDigest }) => ids.includes(configDigest)));
    loaded.catch(() => {});
    return { lines: guarded(lines, failure), loaded };
  } catch (error) {
    throw failure(error);
  }
}

async function* guarded(
  lines: AsyncIterable<ProgressLine>,
  failure: (error: unknown) => unknown,
): AsyncGenerator<ProgressLine, void, undefined> {
  try {
    yield* lines;
  } catch (error) {
    throw failure(error);
  }
}
