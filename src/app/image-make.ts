import { type ImageRow, imageDocumentSet, imageRecord } from '../db/store/image.ts';
import type { ImageHistoryEntry } from '../domain/image-config.ts';
import { EngineError } from '../engine/engine.ts';
import type { EngineImageInspect } from '../engine/inspect-types.ts';
import { tarPadding } from '../images/archive-tar.ts';
import { tarEnd, tarHeader } from '../images/archive-tar-write.ts';
import { digestOf } from '../images/digest.ts';
import { draftText, type ImageDraft, layersText } from '../images/image-draft.ts';
import { containerEngine, hostEngine } from './container-host.ts';
import type { App } from './context.ts';
import { engineGuard } from './engine-failure.ts';
import { engineHasImage, imageEnsure } from './image-ensure.ts';
import { imageHistoryExact } from './image-history-exact.ts';
import { imageScrub } from './image-scrub.ts';

const encoder = new TextEncoder();

export function draftId(app: App, draft: ImageDraft): Promise<string> {
  return digestOf(app.archiveTools, encoder.encode(draftText(draft)));
}

/** An image that a tenant has, to make another one of. Config and layers are as an engine reads them, whatever its maker wrote. */
export async function draftOf(app: App, image: ImageRow): Promise<ImageDraft> {
  const document = image.document as EngineImageInspect;
  const diffIds = document.RootFS.Layers ?? [];
  const history = await imageHistoryExact(app, image);
  return {
    architecture: document.Architecture,
    variant: document.Variant ?? '',
    os: document.Os,
    author: document.Author ?? '',
    comment: document.Comment ?? '',
    created: document.Created ?? '',
    config: document.Config ?? {},
    // An engine counts the layers of a history; one that does not fit would make its list fail.
    history: history.filter(({ empty_layer }) => empty_layer !== true).length === diffIds.length ? history : historyBare(diffIds),
    diffIds,
  };
}

function historyBare(diffIds: string[]): ImageHistoryEntry[] {
  return diffIds.map(() => ({ created: '0001-01-01T00:00:00Z' }));
}

/** Makes the image of a draft on a host that has its layers. Returns its row, which no tenant has a right to yet. */
export async function imageMake(app: App, hostId: string, draft: ImageDraft): Promise<ImageRow> {
  const text = draftText(draft);
  const id = await configLoad(app, hostId, text, draft);
  const document = await hostEngine(app, hostId).json<EngineImageInspect>({ method: 'GET', path: `/images/${id}/json` });
  await imageDocumentSet(app.system, id, document);
  return { id, document };
}

/**
 * The image that is nothing but a draft's layers, on a host: what containers of steps are made of. `like`: an image of the same layers,
 * which is brought there if need be; without one it comes from a host that has it.
 */
export async function layersEnsure(app: App, hostId: string, draft: ImageDraft, like: string | null): Promise<ImageRow> {
  const id = await layersId(app, draft);
  if (await engineHasImage(hostEngine(app, hostId), id)) {
    const row = { id, document: layersDocument(id, draft) };
    await imageRecord(app.system, { ...row, history: [] }, hostId);
    return row;
  }
  if (like === null && draft.diffIds.length > 0) {
    await imageEnsure(app, id, hostId);
    return { id, document: layersDocument(id, draft) };
  }
  if (like !== null) await imageEnsure(app, like, hostId);
  return layersLoad(app, hostId, draft);
}

/** The same where the engine has the layers, whatever for. `bytes`: of the last one, if it is this image's own. */
export async function layersLoad(app: App, hostId: string, draft: ImageDraft, bytes = 0): Promise<ImageRow> {
  const id = await configLoad(app, hostId, layersText(draft), { ...draft, history: [] }, bytes);
  return { id, document: layersDocument(id, draft) };
}

export function layersId(app: App, draft: ImageDraft): Promise<string> {
  return digestOf(app.archiveTools, encoder.encode(layersText(draft)));
}

function layersDocument(id: string, { architecture, os, diffIds }: ImageDraft, Size = 0): EngineImageInspect {
  return { Id: id, Config: {}, Architecture: architecture, Os: os, Size, RootFS: { Type: 'layers', Layers: diffIds } };
}

/**
 * Loads a config whose layers the engine has. An engine looks for each layer by its digests and reads the archive for what it lacks
 * only (moby image/tarexport/load.go), so an archive without a layer is enough. Recorded before, so that nothing is there unknown.
 */
async function configLoad(app: App, hostId: string, text: string, draft: ImageDraft, size = 0): Promise<string> {
  const bytes = encoder.encode(text);
  const id = await digestOf(app.archiveTools, bytes);
  await imageRecord(app.system, { id, document: layersDocument(id, draft, size), history: draft.history }, hostId);
  const config = `${id.slice('sha256:'.length)}.json`;
  const manifest = encoder.encode(
    JSON.stringify([{ Config: config, RepoTags: null, Layers: draft.diffIds.map((_, n) => `${n}/layer.tar`) }]),
  );
  const { body } = await engineGuard(imageScrub, () =>
    containerEngine(app, { hostId }).stream({
      ...{ method: 'POST', path: '/images/load', query: { quiet: true }, deadlineMs: 120_000 },
      stream: archiveOf([
        [config, bytes],
        ['manifest.json', manifest],
      ]),
    }),
  );
  for await (const _ of body) {
    // The engine is done when its answer ends.
  }
  return id;
}

async function* archiveOf(files: [name: string, bytes: Uint8Array][]): AsyncGenerator<Uint8Array> {
  for (const [name, bytes] of files) {
    yield tarHeader({ kind: 'file', name, target: '', size: bytes.length, mtime: 0 });
    yield bytes;
    yield new Uint8Array(tarPadding(bytes.length));
  }
  yield tarEnd();
}

/** Gone already is as good. */
export async function engineImageRemove(app: App, hostId: string, id: string): Promise<void> {
  await hostEngine(app, hostId)
    .json({ method: 'DELETE', path: `/images/${id}`, query: { force: true, noprune: true }, deadlineMs: 60_000 })
    .catch((error) => {
      if (!(error instanceof EngineError && error.status === 404)) throw error;
    });
}
