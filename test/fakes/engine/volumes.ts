import { EngineError } from './engine-error.ts';
import { filterAny, filterLabels, filtersParse, flag } from './filters.ts';
import { bodyJson, type Call, type Reply, type Route } from './http.ts';
import { idNew } from './ids.ts';
import type { EngineState } from './state.ts';
import { rfc3339Nano } from './time.ts';

export interface Volume {
  readonly name: string;
  readonly created: bigint;
  readonly labels: Record<string, string> | null;
  readonly options: Record<string, string> | null;
  /** Ids of the containers that mount it. */
  readonly users: Set<string>;
}

interface VolumeRequest {
  Name?: string;
  Labels?: Record<string, string> | null;
  DriverOpts?: Record<string, string> | null;
}

export const volumeRoutes: Route[] = [
  { method: 'GET', path: '/volumes', handle: volumeList },
  {
    method: 'POST',
    path: '/volumes/create',
    handle: (engine, call) => ({ status: 201, json: volumeDocument(volumeCreate(engine, bodyJson(call))) }),
  },
  { method: 'POST', path: '/volumes/prune', handle: volumePrune },
  {
    method: 'GET',
    path: '/volumes/{name}',
    handle: (engine, { params }) => ({ status: 200, json: volumeDocument(volumeFind(engine, params.name ?? '')) }),
  },
  { method: 'DELETE', path: '/volumes/{name}', handle: volumeRemove },
];

/** Where an engine would keep it. */
export function volumePath(name: string): string {
  return `/var/lib/docker/volumes/${name}/_data`;
}

/** Get or create: a volume that exists is answered as it is, whatever labels were asked for. */
export function volumeCreate(engine: EngineState, request: VolumeRequest): Volume {
  const name = request.Name || idNew();
  const existing = engine.volumes.get(name);
  if (existing === undefined) nameCheck(name);
  const volume = existing ?? {
    name,
    created: engine.clock.nanos(),
    labels: request.Labels ?? null,
    options: request.DriverOpts ?? null,
    users: new Set<string>(),
  };
  engine.volumes.set(name, volume);
  engine.events.emit('volume', 'create', name, { driver: 'local' });
  return volume;
}

function volumeDestroy(engine: EngineState, name: string): void {
  engine.volumes.delete(name);
  engine.events.emit('volume', 'destroy', name, { driver: 'local' });
}

function volumeFind(engine: EngineState, name: string): Volume {
  const volume = engine.volumes.get(name);
  if (volume === undefined) throw new EngineError(404, `get ${name}: no such volume`);
  return volume;
}

function volumeList(engine: EngineState, call: Call): Reply {
  const filters = filtersParse(call.query.get('filters'), ['dangling', 'driver', 'label', 'name']);
  const volumes = [...engine.volumes.values()].filter(
    (volume) =>
      filterLabels(filters, volume.labels) &&
      filterAny(filters, 'name', (name) => volume.name.includes(name)) &&
      filterAny(filters, 'driver', (driver) => driver === 'local') &&
      filterAny(filters, 'dangling', (dangling) => flag(dangling) === (volume.users.size === 0)),
  );
  return { status: 200, json: { Volumes: volumes.map(volumeDocument), Warnings: null } };
}

function volumeRemove(engine: EngineState, call: Call): Reply {
  const name = call.params.name ?? '';
  if (!engine.volumes.has(name) && flag(call.query.get('force'))) return { status: 204 };
  const { users } = volumeFind(engine, name);
  if (users.size > 0) throw new EngineError(409, `remove ${name}: volume is in use - [${[...users].join(', ')}]`);
  volumeDestroy(engine, name);
  return { status: 204 };
}

function volumePrune(engine: EngineState, call: Call): Reply {
  const filters = filtersParse(call.query.get('filters'), ['all', 'label', 'label!']);
  const unused = [...engine.volumes.values()].filter(({ users, labels }) => users.size === 0 && filterLabels(filters, labels));
  for (const { name } of unused) volumeDestroy(engine, name);
  engine.events.emit('volume', 'prune', '', { reclaimed: '0' });
  return { status: 200, json: { VolumesDeleted: unused.map(({ name }) => name), SpaceReclaimed: 0 } };
}

function volumeDocument({ name, created, labels, options }: Volume) {
  const CreatedAt = rfc3339Nano((created / 1_000_000_000n) * 1_000_000_000n);
  return { CreatedAt, Driver: 'local', Labels: labels, Mountpoint: volumePath(name), Name: name, Options: options, Scope: 'local' };
}

function nameCheck(name: string): void {
  if (name.length < 2) {
    throw new EngineError(400, `create ${name}: volume name is too short, names should be at least two alphanumeric characters`);
  }
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) {
    const advice = 'If you intended to pass a host directory, use absolute path';
    throw new EngineError(
      400,
      `create ${name}: "${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. ${advice}`,
    );
  }
}
