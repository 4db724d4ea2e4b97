import { type Container, containerArgv, containerCreate, containerEvent, containerFind, containerRuns, nameCheck } from './container.ts';
import type { CreateRequest, HostConfig } from './container-config.ts';
import { containerMatcher } from './container-filters.ts';
import { containerDocument, containerSummary } from './container-view.ts';
import { EngineError } from './engine-error.ts';
import { sizeCheck } from './exec.ts';
import { filterLabels, filtersParse, flag } from './filters.ts';
import { bodyJson, type Call, type Reply, type Route } from './http.ts';
import { containerRemove, runningCheck } from './lifecycle.ts';
import type { EngineState } from './state.ts';

export const containerRoutes: Route[] = [
  { method: 'GET', path: '/containers/json', handle: listCall },
  { method: 'POST', path: '/containers/create', handle: createCall },
  { method: 'POST', path: '/containers/prune', handle: pruneCall },
  {
    method: 'GET',
    path: '/containers/{id}/json',
    handle: (engine, { params }) => ({ status: 200, json: containerDocument(engine, containerFind(engine, params.id ?? '')) }),
  },
  { method: 'DELETE', path: '/containers/{id}', handle: removeCall },
  { method: 'POST', path: '/containers/{id}/rename', handle: renameCall },
  { method: 'POST', path: '/containers/{id}/update', handle: updateCall },
  { method: 'GET', path: '/containers/{id}/changes', handle: changesCall },
  { method: 'POST', path: '/containers/{id}/resize', handle: resizeCall },
  { method: 'GET', path: '/containers/{id}/top', handle: topCall },
];

function createCall(engine: EngineState, call: Call): Reply {
  const request = bodyJson<CreateRequest>(call, true);
  if (Object.keys(request).length === 0) throw new EngineError(400, 'Config cannot be empty in order to create a container');
  if (request.Image !== undefined && typeof request.Image !== 'string') {
    throw new EngineError(
      500,
      `json: cannot unmarshal ${typeof request.Image} into Go struct field ContainerConfigWrapper.Image of type string`,
    );
  }
  const container = containerCreate(engine, call.query.get('name') || null, request);
  return { status: 201, json: { Id: container.id, Warnings: [] } };
}

function listCall(engine: EngineState, call: Call): Reply {
  const { query } = call;
  const limit = query.get('limit') || '0';
  if (!/^-?\d+$/.test(limit)) throw new EngineError(500, `strconv.Atoi: parsing ${JSON.stringify(limit)}: invalid syntax`);
  const { matches, endedToo } = containerMatcher(engine, query.get('filters'));
  const all = flag(query.get('all')) || endedToo || Number(limit) > 0;
  const shown = [...engine.containers.values()].reverse().filter((container) => (all || containerRuns(container)) && matches(container));
  const limited = Number(limit) > 0 ? shown.slice(0, Number(limit)) : shown;
  return { status: 200, json: limited.map((container) => containerSummary(engine, container, flag(query.get('size')))) };
}

function removeCall(engine: EngineState, call: Call): Reply {
  const container = containerFind(engine, call.params.id ?? '');
  containerRemove(engine, container, { force: flag(call.query.get('force')), volumes: flag(call.query.get('v')) });
  return { status: 204 };
}

function pruneCall(engine: EngineState, call: Call): Reply {
  const filters = filtersParse(call.query.get('filters'), ['label', 'label!', 'until']);
  const ended = [...engine.containers.values()]
    .reverse()
    .filter((container) => !containerRuns(container) && filterLabels(filters, container.config.Labels));
  for (const container of ended) containerRemove(engine, container, { force: false, volumes: false });
  engine.events.emit('container', 'prune', '', { reclaimed: '0' });
  return { status: 200, json: { ContainersDeleted: ended.length === 0 ? null : ended.map(({ id }) => id), SpaceReclaimed: 0 } };
}

function renameCall(engine: EngineState, call: Call): Reply {
  const name = call.query.get('name') ?? '';
  const ref = call.params.id ?? '';
  if (name === '') throw new EngineError(400, 'Neither old nor new names may be empty');
  const container = containerFind(engine, ref);
  if (name.replace(/^\//, '') === container.name) throw new EngineError(400, 'Renaming a container with the same name as its current name');
  const oldName = container.name;
  const bare = nameAllocate(engine, name);
  engine.names.delete(oldName);
  engine.names.set(bare, container.id);
  container.name = bare;
  containerEvent(engine, container, 'rename', { oldName: `/${oldName}` });
  return { status: 204 };
}

function nameAllocate(engine: EngineState, name: string): string {
  try {
    return nameCheck(engine, `/${name.replace(/^\//, '')}`);
  } catch (error) {
    if (error instanceof EngineError) throw new EngineError(error.status, `Error when allocating new name: ${error.message}`);
    throw error;
  }
}

function updateCall(engine: EngineState, call: Call): Reply {
  const container = containerFind(engine, call.params.id ?? '');
  const host: HostConfig = container.hostConfig;
  for (const [key, value] of Object.entries(bodyJson(call))) if (key in host && value) host[key] = value;
  containerEvent(engine, container, 'update');
  return { status: 200, json: { Warnings: null } };
}

function changesCall(engine: EngineState, call: Call): Reply {
  containerFind(engine, call.params.id ?? '');
  return { status: 200, json: null };
}

function resizeCall(engine: EngineState, call: Call): Reply {
  const { height, width } = sizeCheck(call);
  const container = containerFind(engine, call.params.id ?? '');
  runningCheck(container);
  containerEvent(engine, container, 'resize', { height, width });
  return { status: 200 };
}

function topCall(engine: EngineState, call: Call): Reply {
  const container = containerFind(engine, call.params.id ?? '');
  runningCheck(container);
  const aux = (call.query.get('ps_args') ?? '').includes('aux');
  const command = containerArgv(container).join(' ');
  containerEvent(engine, container, 'top');
  return { status: 200, json: aux ? topAux(container, command) : topFull(container, command) };
}

function topFull({ pid }: Container, command: string) {
  return {
    Processes: [['root', String(pid), '1', '0', '00:00', '?', '00:00:00', command]],
    Titles: ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'],
  };
}

function topAux({ pid }: Container, command: string) {
  return {
    Processes: [['root', String(pid), '0.0', '0.0', '2268', '1376', '?', 'Ss', '00:00', '0:00', command]],
    Titles: ['USER', 'PID', '%CPU', '%MEM', 'VSZ', 'RSS', 'TTY', 'STAT', 'START', 'TIME', 'COMMAND'],
  };
}
