import { containerFind } from '../app/container-find.ts';
import { containerTouched } from '../app/container-seen.ts';
import { execAttach, execContainer, execCreate, execDetached, execInspect, execResize } from '../app/exec.ts';
import { execCreateRead, execStartRead } from '../policy/exec-create.ts';
import { terminalSizeRead } from '../policy/terminal-size.ts';
import { rawStreamType } from './raw-stream-type.ts';
import { type Call, json, type Reply, type Route } from './route.ts';
import { execInspectView } from './views/exec.ts';

export const execRoutes: readonly Route[] = [
  { method: 'POST', path: '/containers/:id/exec', scope: 'exec', query: [], body: 'json', handle: create },
  { method: 'POST', path: '/exec/:id/start', scope: 'exec', query: [], body: 'json', handle: start },
  { method: 'POST', path: '/exec/:id/resize', scope: 'exec', query: ['h', 'w'], body: 'none', handle: resize },
  { method: 'GET', path: '/exec/:id/json', scope: 'read', query: [], body: 'none', handle: inspect },
];

async function create({ app, scope, params, json: body }: Call): Promise<Reply> {
  const spec = execCreateRead(body);
  const row = await containerFind(app, scope, params.id ?? '');
  return json(201, { Id: await execCreate(app, scope, row, spec) });
}

async function start({ app, scope, params, version, json: body }: Call): Promise<Reply> {
  const wish = execStartRead(body);
  const execId = params.id ?? '';
  const row = await execContainer(app, scope, execId);
  if (wish.detach) {
    await execDetached(app, row, execId, wish);
    return { kind: 'empty', status: 200 };
  }
  const hijack = await execAttach(app, row, execId, wish);
  return { kind: 'hijack', hijack: { ...hijack, contentType: rawStreamType(wish.tty, version) }, ended: () => containerTouched(app, row) };
}

async function resize({ app, scope, params, query }: Call): Promise<Reply> {
  const row = await execContainer(app, scope, params.id ?? '');
  await execResize(app, row, params.id ?? '', terminalSizeRead(query));
  return { kind: 'empty', status: 200 };
}

async function inspect({ app, scope, params }: Call): Promise<Reply> {
  const row = await execContainer(app, scope, params.id ?? '');
  return json(200, execInspectView(await execInspect(app, row, params.id ?? ''), row.engineId));
}
