import { type ImageRow, imageHistoryGet, imageHistorySet } from '../db/store/image.ts';
import { BerthError } from '../domain/errors.ts';
import type { ImageHistoryEntry } from '../domain/image-config.ts';
import { bytesJoin } from '../images/archive-bytes.ts';
import { digestOf } from '../images/digest.ts';
import { FileTarReader } from '../images/file-tar-read.ts';
import type { App } from './context.ts';
import { imageArchiveGet } from './image-archive-get.ts';
import { imageHolder } from './image-save.ts';

const configLimit = 8 * 1024 * 1024;

/**
 * An image's history as its config has it. An engine's own list leaves out authors and which steps made no layer, so the config is read
 * out of an archive of the image, once.
 */
export async function imageHistoryExact(app: App, image: ImageRow): Promise<ImageHistoryEntry[]> {
  const known = await imageHistoryGet(app.system, image.id);
  if (known) return known;
  const body = await imageArchiveGet(app, await imageHolder(app, image), [image.id]);
  const history = historyRead(await configFind(app, body, image.id));
  await imageHistorySet(app.system, image.id, history);
  return history;
}

/** The file of the archive whose digest is the image's id. */
async function configFind(app: App, archive: AsyncIterable<Uint8Array>, id: string): Promise<unknown> {
  const reader = new FileTarReader(archive);
  try {
    for (let entry = await reader.next(); entry !== null; entry = await reader.next()) {
      const chunks: Uint8Array[] = [];
      const small = entry.type === '0' && entry.size > 0 && entry.size < configLimit;
      for await (const chunk of reader.content(entry)) if (small) chunks.push(chunk);
      if (!small) continue;
      const bytes = bytesJoin(chunks);
      if ((await digestOf(app.archiveTools, bytes)) === id) return JSON.parse(new TextDecoder().decode(bytes));
    }
  } finally {
    await reader.close();
  }
  throw new BerthError('engine_failed', 'The image has no config that can be read. Pull or load it again.');
}

/** Keeps what a config on its way to an engine says, so that it need not be read out of an archive later. */
export async function imageHistoryKeep(app: App, id: string, config: Uint8Array): Promise<void> {
  await imageHistorySet(app.system, id, historyRead(JSON.parse(new TextDecoder().decode(config))));
}

/** Whoever made the image wrote it: what is no history is none. */
function historyRead(config: unknown): ImageHistoryEntry[] {
  const { history } = (config ?? {}) as { history?: unknown };
  if (!Array.isArray(history)) return [];
  return history.slice(0, 1000).map((item) => {
    const entry = (item ?? {}) as Record<string, unknown>;
    const text = (key: string) => (typeof entry[key] === 'string' ? { [key]: (entry[key] as string).slice(0, 64 * 1024) } : {});
    return {
      ...{ ...text('created'), ...text('author'), ...text('created_by'), ...text('comment') },
      ...(entry.empty_layer === true && { empty_layer: true }),
    };
  });
}
