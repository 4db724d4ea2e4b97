import { buildRecords } from '../app/build-cache.ts';
import { containersSeen } from '../app/container-seen.ts';
import { imagesUsage } from '../app/image-layers.ts';
import { imageNamesById, imageNamesSplit, imagesOf } from '../app/image-names.ts';
import { volumeSizes } from '../app/volume-sizes.ts';
import { volumeUses } from '../app/volume-use.ts';
import { BerthError } from '../domain/errors.ts';
import type { EngineImageInspect } from '../engine/inspect-types.ts';
import { apiVersionAtLeast } from '../policy/api-version.ts';
import { printable } from '../policy/fields.ts';
import { containerItemsSized, tenantNames } from './container-render.ts';
import { type Call, json, type Reply, type Route } from './route.ts';
import { buildRecordView } from './views/build-record.ts';
import { imageListItem } from './views/image.ts';
import { volumeView } from './views/volume.ts';

export const usageRoutes: readonly Route[] = [
  { method: 'GET', path: '/system/df', scope: 'read', query: ['type'], repeatable: ['type'], body: 'none', handle: usage },
];

const kinds = ['container', 'image', 'volume', 'build-cache'];

/**
 * What the tenant takes on all hosts together. Layers that it shares with others count as if it were alone. Source: moby,
 * daemon/server/router/system; since API 1.42 a client can ask for some kinds alone.
 */
async function usage(call: Call): Promise<Reply> {
  const asked = call.query.list('type').filter((kind) => kind !== '');
  for (const kind of asked) if (!kinds.includes(kind)) throw new BerthError('malformed', `unknown object type: ${printable(kind)}`);
  const wants = (kind: string) => asked.length === 0 || asked.includes(kind);
  await call.app.directory.fresh();
  const [images, containers, volumes, steps] = await Promise.all([
    wants('image') ? imageUsage(call) : null,
    wants('container') ? containerUsage(call) : null,
    wants('volume') ? volumeUsage(call) : null,
    wants('build-cache') ? buildRecords(call.scope) : null,
  ]);
  return json(200, {
    LayersSize: images?.layersSize ?? 0,
    Images: images?.items ?? null,
    Containers: containers,
    Volumes: volumes,
    BuildCache: steps?.map((step) => buildRecordView(step, call.version)) ?? null,
    ...(!apiVersionAtLeast(call.version, '1.42') && { BuilderSize: sum((steps ?? []).filter(({ shared }) => !shared)) }),
  });
}

async function imageUsage({ app, scope, version }: Call) {
  const [images, names] = await Promise.all([imagesOf(app, scope), imageNamesById(app, scope)]);
  const { layersBytes, sharedBytes } = await imagesUsage(app, images);
  const containers = [...app.directory.containersOf(scope.tenantId)].filter(({ state }) => state === 'created');
  const items = images.map(({ id, document }) => ({
    ...imageListItem(document as EngineImageInspect, { id, taggedAt: null, ...imageNamesSplit(names.get(id) ?? []) }, version),
    SharedSize: sharedBytes.get(id) ?? 0,
    Containers: containers.filter(({ imageId }) => imageId === id).length,
  }));
  return { layersSize: layersBytes, items };
}

async function containerUsage({ app, scope, version }: Call): Promise<unknown[]> {
  const texts = await containerItemsSized(app, await containersSeen(app, scope), tenantNames(app, scope.tenantId), version);
  return texts.map((text) => JSON.parse(text));
}

async function volumeUsage({ app, scope }: Call): Promise<object[]> {
  const volumes = app.directory.volumesOf(scope.tenantId);
  const [sizes, uses] = await Promise.all([volumeSizes(app, volumes), volumeUses(app, scope, volumes)]);
  return volumes.map((row) =>
    volumeView(
      { name: row.name, createdAt: row.createdAt.toISOString(), labels: row.labels },
      // -1 is Docker's word for a size that is not known.
      { UsageData: { Size: sizes.get(row.id) ?? -1, RefCount: uses.get(row.id) ?? 0 } },
    ),
  );
}

function sum(parts: readonly { bytes: number }[]): number {
  return parts.reduce((total, { bytes }) => total + bytes, 0);
}
