import { containerCreate } from '../app/container-create.ts';
import { containerFind } from '../app/container-find.ts';
import { containerRemove } from '../app/container-remove.ts';
import { containerRename } from '../app/container-rename.ts';
import { containerKill, containerPause, containerResize, containerStop, containerUnpause } from '../app/container-signal.ts';
import { containerRestart, containerStart } from '../app/container-start.ts';
import { containerUpdate } from '../app/container-update.ts';
import { BerthError } from '../domain/errors.ts';
import { containerCreateRead } from '../policy/container-create.read.ts';
import { containerCreateRows } from '../policy/container-create.table.ts';
import { containerUpdateRead } from '../policy/container-update.ts';
import { detachKeysRead } from '../policy/exec-create.ts';
import { fieldNames } from '../policy/field-table.ts';
import { containerNewNameRead } from '../policy/names.ts';
import { signalRead } from '../policy/signal.ts';
import { terminalSizeRead } from '../policy/terminal-size.ts';
import { type Call, json, noContent, type Reply, type Route } from './route.ts';

export const containerLifecycleRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/containers/create',
    scope: 'run',
    query: ['name', 'platform'],
    echoed: fieldNames(containerCreateRows),
    body: 'json',
    handle: create,
  },
  { method: 'POST', path: '/containers/:id/start', scope: 'run', query: ['detachKeys'], body: 'none', handle: start },
  { method: 'POST', path: '/containers/:id/stop', scope: 'run', query: ['t', 'signal'], body: 'none', handle: stop },
  { method: 'POST', path: '/containers/:id/restart', scope: 'run', query: ['t', 'signal'], body: 'none', handle: restart },
  { method: 'POST', path: '/containers/:id/kill', scope: 'run', query: ['signal'], body: 'none', handle: kill },
  { method: 'POST', path: '/containers/:id/pause', scope: 'run', query: [], body: 'none', handle: pause },
  { method: 'POST', path: '/containers/:id/unpause', scope: 'run', query: [], body: 'none', handle: unpause },
  { method: 'POST', path: '/containers/:id/rename', scope: 'run', query: ['name'], body: 'none', handle: rename },
  { method: 'POST', path: '/containers/:id/resize', scope: 'run', query: ['h', 'w'], body: 'none', handle: resize },
  { method: 'POST', path: '/containers/:id/update', scope: 'run', query: [], body: 'json', handle: update },
  { method: 'DELETE', path: '/containers/:id', scope: 'run', query: ['v', 'force', 'link'], body: 'none', handle: remove },
];

async function create({ app, scope, query, json: body }: Call): Promise<Reply> {
  const spec = containerCreateRead(body, { name: query.get('name'), platform: query.get('platform') });
  const row = await containerCreate(app, scope, spec);
  return json(201, { Id: row.engineId, Warnings: [] });
}

function find({ app, scope, params }: Call) {
  return containerFind(app, scope, params.id ?? '');
}

async function start(call: Call): Promise<Reply> {
  const detachKeys = detachKeysRead(call.query.get('detachKeys') ?? '');
  await containerStart(call.app, await find(call), detachKeys === '' ? {} : { detachKeys });
  return noContent;
}

async function stop(call: Call): Promise<Reply> {
  await containerStop(call.app, await find(call), ending(call));
  return noContent;
}

async function restart(call: Call): Promise<Reply> {
  await containerRestart(call.app, call.scope, await find(call), ending(call));
  return noContent;
}

function ending({ query }: Call): { timeoutSeconds: number | null; signal: string | null } {
  return { timeoutSeconds: query.int('t'), signal: signalRead(query.get('signal')) };
}

async function kill(call: Call): Promise<Reply> {
  const row = await find(call).catch((error: unknown) => {
    // moby, api/server/router/container: this call alone says what it was about.
    throw error instanceof BerthError ? new BerthError(error.code, `Cannot kill container: ${call.params.id}: ${error.message}`) : error;
  });
  await containerKill(call.app, row, signalRead(call.query.get('signal')));
  return noContent;
}

async function pause(call: Call): Promise<Reply> {
  await containerPause(call.app, await find(call));
  return noContent;
}

async function unpause(call: Call): Promise<Reply> {
  await containerUnpause(call.app, await find(call));
  return noContent;
}

async function rename(call: Call): Promise<Reply> {
  const name = containerNewNameRead(call.query.get('name') ?? '');
  await containerRename(call.app, call.scope, await find(call), name);
  return noContent;
}

async function resize(call: Call): Promise<Reply> {
  await containerResize(call.app, await find(call), terminalSizeRead(call.query));
  return { kind: 'empty', status: 200 };
}

async function update(call: Call): Promise<Reply> {
  const wish = containerUpdateRead(call.json);
  await containerUpdate(call.app, call.scope, await find(call), wish);
  return json(200, { Warnings: null });
}

async function remove(call: Call): Promise<Reply> {
  if (call.query.flag('link'))
    throw new BerthError('refused', 'A link between two containers cannot be removed alone. Remove the container.');
  await containerRemove(call.app, call.scope, await find(call), { force: call.query.flag('force'), volumes: call.query.flag('v') });
  return noContent;
}
