import { containerChanges } from '../app/container-changes.ts';
import { containerFind } from '../app/container-find.ts';
import { type ContainerSeen, containerSeen, containersSeen } from '../app/container-seen.ts';
import { containerSizes } from '../app/container-sizes.ts';
import { containerTop } from '../app/container-stream.ts';
import { imageNamesById } from '../app/image-names.ts';
import { BerthError } from '../domain/errors.ts';
import { filtersRead } from '../policy/filters.ts';
import { psArgsRead } from '../policy/ps-args.ts';
import { containerListBody } from './container-list-body.ts';
import { containerIdentity, containerInspectText, containerItemsSized, containerItemText, tenantNames } from './container-render.ts';
import { type Call, json, type Reply, type Route } from './route.ts';
import { containerFilterNames, containerFilterSubject, containerListSelect } from './views/container-filters.ts';
import { timeSortKey } from './views/go-time.ts';
import { topView } from './views/top.ts';

export const containerReadRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/containers/json',
    scope: 'read',
    // Engines ignore trunc_cmd, which docker-py sends (and so Compose v1).
    query: ['all', 'limit', 'size', 'filters', 'before', 'since', 'trunc_cmd'],
    body: 'none',
    handle: containerList,
  },
  { method: 'GET', path: '/containers/:id/json', scope: 'read', query: ['size'], body: 'none', handle: containerInspect },
  { method: 'GET', path: '/containers/:id/top', scope: 'read', query: ['ps_args'], body: 'none', handle: top },
  { method: 'GET', path: '/containers/:id/changes', scope: 'read', query: [], body: 'none', handle: changes },
];

async function containerList({ app, scope, version, query }: Call): Promise<Reply> {
  const all = query.flag('all');
  const limit = query.int('limit') ?? 0;
  const filters = filtersRead(query.get('filters'), containerFilterNames);
  for (const name of ['before', 'since']) {
    const value = query.get(name);
    if (value) filters.set(name, [value]);
  }
  const seen = await containersSeen(app, scope);
  const now = new Date();
  const render = (shown: ContainerSeen[]) => {
    const names = tenantNames(app, scope.tenantId);
    return listOf(shown.map((one) => containerItemText(one, names, version, now)));
  };
  const plain = filters.size === 0;
  if (plain && !query.flag('size')) {
    const asked = `${version} ${all} ${limit}`;
    return listReply(containerListBody(app, scope.tenantId, seen, asked, now, () => render(newest(seen, all, limit))));
  }
  const shown = plain ? newest(seen, all, limit) : await filtered(app, scope, seen, { all, limit, filters });
  if (!query.flag('size')) return listReply(render(shown));
  return listReply(listOf(await containerItemsSized(app, shown, tenantNames(app, scope.tenantId), version)));
}

function listOf(texts: readonly string[]): string {
  return `[${texts.join(',')}]\n`;
}

function listReply(body: string | Uint8Array): Reply {
  return { kind: 'text', status: 200, contentType: 'application/json', body };
}

/** What most calls ask for: everything, or what runs, without a filter to look at. */
function newest(seen: ContainerSeen[], all: boolean, limit: number): ContainerSeen[] {
  const listed = all || limit > 0 ? [...seen] : seen.filter(({ document }) => document.State.Running);
  listed.sort((a, b) => (timeSortKey(a.document.Created) < timeSortKey(b.document.Created) ? 1 : -1));
  return limit > 0 ? listed.slice(0, limit) : listed;
}

async function filtered(app: Call['app'], scope: Call['scope'], seen: ContainerSeen[], options: Parameters<typeof containerListSelect>[1]) {
  const images = await imageNamesById(app, scope);
  const names = tenantNames(app, scope.tenantId);
  const subjects = seen.map((one) => ({
    ...containerFilterSubject(one.document, containerIdentity(one.row, names, one.unknownSince), images.get(one.row.imageId) ?? []),
    seen: one,
  }));
  return containerListSelect(subjects, options).map((subject) => subject.seen);
}

async function containerInspect({ app, scope, version, params, query }: Call): Promise<Reply> {
  const row = await containerFind(app, scope, params.id ?? '');
  const seen = await containerSeen(app, row);
  if (!seen) throw new BerthError('not_found', `No such container: ${params.id}`);
  let text = containerInspectText(app, seen, version);
  if (query.flag('size')) {
    const sizes = await containerSizes(app, seen);
    if (sizes) text = JSON.stringify({ ...JSON.parse(text), SizeRw: sizes.rw, SizeRootFs: sizes.rootFs });
  }
  return { kind: 'text', status: 200, contentType: 'application/json', body: text };
}

async function top({ app, scope, params, query }: Call): Promise<Reply> {
  const row = await containerFind(app, scope, params.id ?? '');
  return json(200, topView(await containerTop(app, row, psArgsRead(query.get('ps_args') ?? '') || null)));
}

async function changes({ app, scope, params }: Call): Promise<Reply> {
  const found = await containerChanges(app, await containerFind(app, scope, params.id ?? ''));
  return json(200, found.length > 0 ? found.map(({ Path, Kind }) => ({ Path: String(Path), Kind: Number(Kind) })) : null);
}
