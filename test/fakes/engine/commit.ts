import { type Container, containerEvent, containerFind } from './container.ts';
import type { Call, Reply, Route } from './http.ts';
import { type Image, sha256 } from './image-store.ts';
import type { EngineState } from './state.ts';
import { type TarEntry, tarWrite } from './tar.ts';
import { rfc3339Nano } from './time.ts';

export const commitRoutes: Route[] = [{ method: 'POST', path: '/commit', handle: containerCommit }];

/** The container's image with one layer more, if it has a file that the image has not. A commit of nothing changed adds none. */
function containerCommit(engine: EngineState, call: Call): Reply {
  const container = containerFind(engine, call.query.get('container') ?? '');
  const image = engine.images.find(container.imageId);
  const asked = (call.body.length > 0 ? JSON.parse(call.body.toString()) : null) as { Labels?: Record<string, string> } | null;
  const changed = filesChanged(engine, container, image);
  const layer = changed.length > 0 ? [tarWrite(changed)] : [];
  const before = JSON.parse(image.document.toString());
  const created = rfc3339Nano(engine.clock.nanos());
  const document = {
    ...before,
    created,
    config: { ...before.config, ...container.config, Labels: { ...container.config.Labels, ...asked?.Labels } },
    history: [...before.history, { created, ...(layer.length === 0 && { empty_layer: true }) }],
    rootfs: { type: 'layers', diff_ids: [...(before.rootfs.diff_ids ?? []), ...layer.map((bytes) => `sha256:${sha256(bytes)}`)] },
  };
  const made = engine.images.add({ document: Buffer.from(JSON.stringify(document)), layers: [...image.layers, ...layer] });
  containerEvent(engine, container, 'commit');
  return { status: 201, json: { Id: made.id } };
}

function filesChanged(engine: EngineState, container: Container, image: Image): TarEntry[] {
  const before = new Map(engine.images.files(image.id).map((entry) => [`/${entry.name}`, entry]));
  return [...(container.files ?? [])]
    .filter(([path, entry]) => !before.get(path)?.data.equals(entry.data))
    .map(([path, entry]) => ({ ...entry, name: path.slice(1) }));
}
