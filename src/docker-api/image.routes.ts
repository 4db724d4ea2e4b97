import { imageFind, imageReferenceName } from '../app/image-find.ts';
import { imageHistory } from '../app/image-history.ts';
import { imageImport, imageLoad } from '../app/image-load.ts';
import { imageNamesById, imageNamesSplit, imagesOf } from '../app/image-names.ts';
import { imagePull } from '../app/image-pull.ts';
import { imagePullAll } from '../app/image-pull-all.ts';
import { imageRemove, imageTag } from '../app/image-remove.ts';
import { imageSave } from '../app/image-save.ts';
import { BerthError } from '../domain/errors.ts';
import type { EngineImageInspect } from '../engine/inspect-types.ts';
import type { ProgressLine } from '../images/progress.ts';
import { filtersRead } from '../policy/filters.ts';
import { imageReferenceParse } from '../policy/image-reference.ts';
import { importChangesRead } from '../policy/import-changes.ts';
import { platformRead } from '../policy/platform.ts';
import { registryAuthRead } from '../policy/registry-auth.ts';
import { progressReply } from './progress-reply.ts';
import { type Call, json, type Reply, type Route } from './route.ts';
import { imageHistoryView, imageInspectView, imageListItem } from './views/image.ts';
import { imageFilterNames, imageListSelect } from './views/image-filters.ts';

export const imageRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/images/json',
    scope: 'read',
    // Engines ignore only_ids, which docker-py sends.
    query: ['all', 'filters', 'filter', 'digests', 'shared-size', 'manifests', 'only_ids'],
    body: 'none',
    handle: list,
  },
  {
    method: 'POST',
    path: '/images/create',
    scope: 'run',
    query: ['fromImage', 'fromSrc', 'repo', 'tag', 'message', 'changes', 'platform'],
    repeatable: ['changes'],
    body: 'stream',
    handle: create,
  },
  { method: 'POST', path: '/images/load', scope: 'run', query: ['quiet', 'platform'], body: 'stream', handle: load },
  {
    method: 'GET',
    path: '/images/get',
    scope: 'read',
    query: ['names', 'platform'],
    repeatable: ['names'],
    body: 'none',
    handle: saveMany,
  },
  { method: 'GET', path: '/images/:name*/get', scope: 'read', query: ['platform'], body: 'none', handle: saveOne },
  { method: 'GET', path: '/images/:name*/json', scope: 'read', query: ['manifests', 'platform'], body: 'none', handle: inspect },
  { method: 'GET', path: '/images/:name*/history', scope: 'read', query: ['platform'], body: 'none', handle: history },
  // A name moves with or without force, as it does on an engine since API 1.24; docker-py sends it still.
  { method: 'POST', path: '/images/:name*/tag', scope: 'run', query: ['repo', 'tag', 'force'], body: 'none', handle: tag },
  { method: 'DELETE', path: '/images/:name*', scope: 'run', query: ['force', 'noprune', 'platforms'], body: 'none', handle: remove },
];

function identity(id: string, names: Map<string, string[]>) {
  return { id, taggedAt: null, ...imageNamesSplit(names.get(id) ?? []) };
}

const documentOf = (row: { document: unknown }) => row.document as EngineImageInspect;

async function list({ app, scope, version, query }: Call): Promise<Reply> {
  const filters = filtersRead(query.get('filters'), imageFilterNames);
  const old = query.get('filter');
  if (old) filters.set('reference', [old]);
  const names = await imageNamesById(app, scope);
  const images = (await imagesOf(app, scope)).map((row) => imageListItem(documentOf(row), identity(row.id, names), version));
  return json(200, imageListSelect(images, filters));
}

async function inspect({ app, scope, version, params }: Call): Promise<Reply> {
  const image = await imageFind(scope, params.name ?? '');
  const names = await imageNamesById(app, scope);
  return json(200, imageInspectView(documentOf(image), identity(image.id, names), version));
}

async function history({ app, scope, params }: Call): Promise<Reply> {
  const image = await imageFind(scope, params.name ?? '');
  const names = await imageNamesById(app, scope);
  return json(200, imageHistoryView(await imageHistory(app, image), names));
}

async function create(call: Call): Promise<Reply> {
  const { app, scope, query, signal } = call;
  const source = query.get('fromSrc') ?? '';
  const platform = query.get('platform') ? platformRead(query.get('platform') ?? '') : null;
  if (source === '') {
    const request = {
      image: query.get('fromImage') ?? '',
      tag: query.get('tag') ?? '',
      platform,
      registryAuth: registryAuthRead(call.header('x-registry-auth')),
    };
    if (request.image === '') throw new BerthError('malformed', 'Name an image to pull in the parameter fromImage.');
    const { tag, digest } = imageReferenceParse(request.image);
    const all = request.tag === '' && tag === null && digest === null;
    return progressReply(await (all ? imagePullAll : imagePull)(app, scope, request, signal));
  }
  if (source !== '-') throw new BerthError('refused', 'fromSrc: an image can be imported from the request only (-), not from an address.');
  const repo = query.get('repo') ?? '';
  const tagName = query.get('tag') ?? '';
  const name = repo === '' ? null : imageReferenceName(tagName === '' ? repo : `${repo}:${tagName}`);
  const changes = importChangesRead(query.list('changes'));
  const id = await imageImport(app, scope, call.stream, { name, message: query.get('message') ?? '', changes }, signal);
  return progressReply(lines([{ status: id }]));
}

async function load({ app, scope, query, stream, signal }: Call): Promise<Reply> {
  return progressReply(await imageLoad(app, scope, stream, query.flag('quiet'), signal));
}

async function saveMany({ app, scope, query, signal }: Call): Promise<Reply> {
  // One parameter may hold several names, as the CLI sends them, or it is repeated.
  const names = query
    .list('names')
    .flatMap((text) => text.split(','))
    .filter((text) => text !== '');
  if (names.length === 0) throw new BerthError('malformed', 'Name at least one image to save in the parameter names.');
  return tar(await imageSave(app, scope, names, signal));
}

async function saveOne({ app, scope, params, signal }: Call): Promise<Reply> {
  return tar(await imageSave(app, scope, [params.name ?? ''], signal));
}

async function tag({ app, scope, params, query }: Call): Promise<Reply> {
  const repo = query.get('repo') ?? '';
  const name = query.get('tag') ?? '';
  await imageTag(app, scope, params.name ?? '', name === '' ? repo : `${repo}:${name}`);
  return { kind: 'empty', status: 201 };
}

async function remove({ app, scope, params, query }: Call): Promise<Reply> {
  return json(200, await imageRemove(app, scope, params.name ?? '', query.flag('force')));
}

function tar(body: AsyncIterable<Uint8Array>): Reply {
  return { kind: 'stream', status: 200, headers: { 'Content-Type': 'application/x-tar' }, body };
}

async function* lines(all: ProgressLine[]): AsyncGenerator<ProgressLine> {
  yield* all;
}
