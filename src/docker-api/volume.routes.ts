import { containersSeen } from '../app/container-seen.ts';
import type { App } from '../app/context.ts';
import { volumeFind, volumeNamed } from '../app/volume-named.ts';
import { anonymousLabel } from '../app/volume-prune.ts';
import { volumeRemove } from '../app/volume-remove.ts';
import type { TenantScope } from '../db/scope.ts';
import type { VolumeRow } from '../db/store/volume.ts';
import { hexIdMint } from '../domain/encoding.ts';
import { fieldNames } from '../policy/field-table.ts';
import { filtersRead } from '../policy/filters.ts';
import { volumeCreateRead, volumeCreateRows } from '../policy/volume.ts';
import { type Call, json, noContent, type Reply, type Route } from './route.ts';
import { volumeFilterNames, volumeListSelect, volumeView } from './views/volume.ts';

export const volumeRoutes: readonly Route[] = [
  { method: 'GET', path: '/volumes', scope: 'read', query: ['filters'], body: 'none', handle: list },
  { method: 'POST', path: '/volumes/create', scope: 'run', query: [], echoed: fieldNames(volumeCreateRows), body: 'json', handle: create },
  { method: 'GET', path: '/volumes/:name', scope: 'read', query: [], body: 'none', handle: inspect },
  { method: 'DELETE', path: '/volumes/:name', scope: 'run', query: ['force'], body: 'none', handle: remove },
];

function view(row: VolumeRow) {
  return volumeView({ name: row.name, createdAt: row.createdAt.toISOString(), labels: row.labels }, null);
}

async function list({ app, scope, query }: Call): Promise<Reply> {
  const filters = filtersRead(query.get('filters'), volumeFilterNames);
  await app.directory.fresh();
  const used = filters.has('dangling') ? await volumesUsed(app, scope) : new Set<string>();
  const volumes = volumeListSelect(app.directory.volumesOf(scope.tenantId).map(view), filters, used);
  return json(200, { Volumes: volumes, Warnings: null });
}

async function volumesUsed(app: App, scope: TenantScope): Promise<Set<string>> {
  const mounted = new Set((await containersSeen(app, scope)).flatMap(({ document }) => (document.Mounts ?? []).map((mount) => mount.Name)));
  return new Set(
    app.directory
      .volumesOf(scope.tenantId)
      .filter((row) => mounted.has(row.engineName))
      .map((row) => row.name),
  );
}

async function create({ app, scope, json: body }: Call): Promise<Reply> {
  const spec = volumeCreateRead(body);
  await app.directory.fresh();
  const labels = spec.name === null ? { ...spec.labels, [anonymousLabel]: '' } : spec.labels;
  const row = await volumeNamed(app, scope, spec.name ?? hexIdMint(), labels, labels);
  await app.bus.barrier();
  return json(201, view(row));
}

async function inspect({ app, scope, params }: Call): Promise<Reply> {
  await app.directory.fresh();
  return json(200, view(volumeFind(app, scope, params.name ?? '')));
}

async function remove({ app, scope, params, query }: Call): Promise<Reply> {
  await app.directory.fresh();
  const forced = query.flag('force');
  if (forced && !app.directory.volumesOf(scope.tenantId).some(({ name }) => name === params.name)) return noContent;
  await volumeRemove(app, scope, volumeFind(app, scope, params.name ?? ''), { force: forced });
  return noContent;
}
