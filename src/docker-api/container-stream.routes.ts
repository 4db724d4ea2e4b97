import { containerFind } from '../app/container-find.ts';
import { containerTouched } from '../app/container-seen.ts';
import {
  attachOutput,
  containerArchiveGet,
  containerArchivePut,
  containerArchiveStat,
  containerAttach,
  containerExport,
  containerLogs,
  containerStats,
  containerWait,
} from '../app/container-stream.ts';
import { BerthError } from '../domain/errors.ts';
import { apiVersionAtLeast } from '../policy/api-version.ts';
import { detachKeysRead } from '../policy/exec-create.ts';
import { logTimeRead } from '../policy/log-time.ts';
import { rawStreamType } from './raw-stream-type.ts';
import type { Call, Reply, Route } from './route.ts';
import { archiveStatHeader } from './views/archive-stat.ts';
import { statsLines } from './views/stats-lines.ts';
import { webSocketKeyRead } from './websocket-request.ts';

const logQuery = ['follow', 'stdout', 'stderr', 'since', 'until', 'timestamps', 'tail', 'details'] as const;
/** `hijack` is dockerode's word to itself, sent along. */
const attachQuery = ['stream', 'stdin', 'stdout', 'stderr', 'logs', 'detachKeys', 'hijack'] as const;
const waitConditions = ['', 'not-running', 'next-exit', 'removed'];

export const containerStreamRoutes: readonly Route[] = [
  { method: 'POST', path: '/containers/:id/wait', scope: 'read', query: ['condition'], body: 'none', handle: wait },
  { method: 'POST', path: '/containers/:id/attach', scope: 'run', query: attachQuery, body: 'input', handle: attach },
  { method: 'GET', path: '/containers/:id/attach/ws', scope: 'run', query: attachQuery, body: 'none', handle: attachWebSocket },
  { method: 'GET', path: '/containers/:id/logs', scope: 'read', query: logQuery, body: 'none', handle: logs },
  { method: 'GET', path: '/containers/:id/stats', scope: 'read', query: ['stream', 'one-shot'], body: 'none', handle: stats },
  { method: 'GET', path: '/containers/:id/export', scope: 'exec', query: [], body: 'none', handle: exportAll },
  { method: 'GET', path: '/containers/:id/archive', scope: 'exec', query: ['path'], body: 'none', handle: archiveGet },
  { method: 'HEAD', path: '/containers/:id/archive', scope: 'exec', query: ['path'], body: 'none', handle: archiveHead },
  {
    method: 'PUT',
    path: '/containers/:id/archive',
    scope: 'exec',
    query: ['path', 'noOverwriteDirNonDir', 'copyUIDGID'],
    body: 'stream',
    handle: archivePut,
  },
];

function find({ app, scope, params }: Call) {
  return containerFind(app, scope, params.id ?? '');
}

async function wait(call: Call): Promise<Reply> {
  const condition = call.query.get('condition') ?? '';
  if (!waitConditions.includes(condition)) throw new BerthError('malformed', `invalid condition: "${condition}"`);
  const { exit } = await containerWait(call.app, call.scope, await find(call), condition || null, call.signal);
  return { kind: 'stream', status: 200, headers: { 'Content-Type': 'application/json' }, body: once(exit) };
}

async function* once(exit: Promise<{ StatusCode: number; Error?: { Message: string } | null }>): AsyncGenerator<Uint8Array> {
  const { StatusCode, Error: failure } = await exit;
  yield new TextEncoder().encode(`${JSON.stringify({ StatusCode, ...(failure && { Error: failure }) })}\n`);
}

async function attach(call: Call): Promise<Reply> {
  const row = await find(call);
  const { query, app } = call;
  const flags = Object.fromEntries(['stream', 'stdin', 'stdout', 'stderr', 'logs'].map((name) => [name, query.flag(name)]));
  const detachKeys = detachKeysRead(query.get('detachKeys') ?? '');
  const hijack = await containerAttach(app, row, { ...flags, ...(detachKeys !== '' && { detachKeys }) });
  return {
    kind: 'hijack',
    hijack: { ...hijack, contentType: rawStreamType(row.spec.tty, call.version) },
    ended: () => containerTouched(app, row),
  };
}

/** Until API 1.42 it is always all three streams. Source: moby, daemon/server/router/container, wsContainersAttach. */
async function attachWebSocket(call: Call): Promise<Reply> {
  const key = webSocketKeyRead(call.header);
  const row = await find(call);
  const { app, query, version } = call;
  const chooses = apiVersionAtLeast(version, '1.42');
  const wanted = (name: string) => (chooses && name.startsWith('std') ? query.flag(name) : name.startsWith('std') || query.flag(name));
  const flags = Object.fromEntries(['stream', 'stdin', 'stdout', 'stderr', 'logs'].map((name) => [name, wanted(name)]));
  const detachKeys = detachKeysRead(query.get('detachKeys') ?? '');
  const hijack = await containerAttach(app, row, { ...flags, ...(detachKeys !== '' && { detachKeys }) });
  return {
    ...{ kind: 'hijack', hijack, ended: () => containerTouched(app, row) },
    webSocket: { key, binary: apiVersionAtLeast(version, '1.28'), output: attachOutput(row, hijack) },
  };
}

async function logs(call: Call): Promise<Reply> {
  const { query } = call;
  const row = await find(call);
  const flags = Object.fromEntries(['follow', 'stdout', 'stderr', 'timestamps', 'details'].map((name) => [name, query.flag(name)]));
  if (!flags.stdout && !flags.stderr) throw new BerthError('malformed', 'Bad parameters: you must choose at least one stream');
  const tail = query.get('tail') ?? 'all';
  const since = logTimeRead('since', query.get('since'));
  const until = logTimeRead('until', query.get('until'));
  const tailRead = /^[0-9]{1,9}$/.test(tail) ? tail : 'all';
  const { body } = await containerLogs(call.app, row, { ...flags, tail: tailRead, since, until }, call.signal);
  return { kind: 'stream', status: 200, headers: { 'Content-Type': rawStreamType(row.spec.tty, call.version) }, body };
}

async function stats(call: Call): Promise<Reply> {
  const row = await find(call);
  const stream = call.query.flag('stream', true);
  const oneShot = call.query.flag('one-shot');
  const { body } = await containerStats(call.app, row, { stream, ...(oneShot && { 'one-shot': true }) }, call.signal);
  return { kind: 'stream', status: 200, headers: { 'Content-Type': 'application/json' }, body: statsLines(body, row) };
}

async function exportAll(call: Call): Promise<Reply> {
  const { body } = await containerExport(call.app, await find(call), call.signal);
  return { kind: 'stream', status: 200, headers: { 'Content-Type': 'application/octet-stream' }, body };
}

async function archiveGet(call: Call): Promise<Reply> {
  const found = await containerArchiveGet(call.app, await find(call), pathParameter(call), call.signal);
  const stat = archiveStatHeader(found.headers['x-docker-container-path-stat']);
  return {
    kind: 'stream',
    status: 200,
    headers: { 'Content-Type': 'application/x-tar', 'X-Docker-Container-Path-Stat': stat },
    body: found.body,
  };
}

async function archiveHead(call: Call): Promise<Reply> {
  const found = await containerArchiveStat(call.app, await find(call), pathParameter(call), call.signal);
  return {
    kind: 'empty',
    status: 200,
    headers: { 'X-Docker-Container-Path-Stat': archiveStatHeader(found.headers['x-docker-container-path-stat']) },
  };
}

async function archivePut(call: Call): Promise<Reply> {
  const path = pathParameter(call);
  const flags = {
    noOverwriteDirNonDir: call.query.flag('noOverwriteDirNonDir') || undefined,
    copyUIDGID: call.query.flag('copyUIDGID') || undefined,
  };
  await containerArchivePut(call.app, await find(call), { path, ...flags }, call.stream, call.signal);
  return { kind: 'empty', status: 200 };
}

function pathParameter({ query }: Call): string {
  const path = query.get('path') ?? '';
  if (path === '') throw new BerthError('malformed', 'bad parameter: path cannot be empty');
  return path;
}
