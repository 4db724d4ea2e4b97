import type { ContainerConfig, CreateRequest, EndpointRequest, HostConfig, PortBinding } from './container-config.ts';
import { argvOf, configOf, hostConfigOf } from './container-config.ts';
import { ContainerLog } from './container-log.ts';
import { EngineError } from './engine-error.ts';
import type { FileTree } from './files.ts';
import type { Health } from './health.ts';
import { idNew, nameNew } from './ids.ts';
import { type Mount, mountsMake } from './mounts.ts';
import type { Endpoint } from './network.ts';
import type { Process } from './program.ts';
import type { EngineState } from './state.ts';
import { Stdio } from './stdio.ts';

export interface Container {
  readonly id: string;
  name: string;
  readonly created: bigint;
  readonly imageId: string;
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly mounts: Mount[];
  /** By network name, in the order they were joined. */
  readonly endpoints: Map<string, Endpoint>;
  readonly log: ContainerLog;
  readonly stdio: Stdio;
  /** Ids of what was created and has not ended. */
  readonly execs: Set<string>;
  /** `80/tcp` -> the host's ports, while it runs. */
  readonly published: Map<string, PortBinding[]>;
  status: 'created' | 'running' | 'paused' | 'restarting' | 'exited';
  process: Process | null;
  pid: number;
  exitCode: number;
  error: string;
  startedAt: bigint | null;
  finishedAt: bigint | null;
  restartCount: number;
  /** A stop or a kill ends the restart policy until the next start. */
  stoppedByHand: boolean;
  restartTimer: NodeJS.Timeout | undefined;
  health: Health | null;
  /** null until someone asks for a file. */
  files: FileTree | null;
  /** Called once each: at the next exit, and at removal. */
  exitWaiters: (() => void)[];
  removeWaiters: (() => void)[];
}

const namePattern = /^\/?[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** True while its processes live: a paused or restarting container counts, as in an engine's `State.Running`. */
export function containerRuns(container: Container): boolean {
  return container.status === 'running' || container.status === 'paused' || container.status === 'restarting';
}

/** By id, then name, then prefix of an id. */
export function containerFind(engine: EngineState, ref: string): Container {
  const exact = engine.containers.get(ref) ?? engine.containers.get(engine.names.get(ref.replace(/^\//, '')) ?? '');
  if (exact !== undefined) return exact;
  let found: Container | undefined;
  for (const [id, container] of engine.containers) {
    if (!id.startsWith(ref)) continue;
    if (found !== undefined) throw new EngineError(500, `Multiple IDs found with provided prefix: ${ref}`);
    found = container;
  }
  if (found === undefined) throw new EngineError(404, `No such container: ${ref}`);
  return found;
}

/** Throws 400 for a name that no container may have, 409 for one that another has. */
export function nameCheck(engine: EngineState, name: string): string {
  if (!namePattern.test(name)) {
    throw new EngineError(400, `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`);
  }
  const bare = name.replace(/^\//, '');
  const owner = engine.names.get(bare);
  if (owner === undefined) return bare;
  const advice = 'You have to remove (or rename) that container to be able to reuse that name.';
  throw new EngineError(409, `Conflict. The container name "/${bare}" is already in use by container "${owner}". ${advice}`);
}

/** Makes a container and its volumes. `name` null: one is invented. */
export function containerCreate(engine: EngineState, name: string | null, request: CreateRequest): Container {
  if (name !== null && !namePattern.test(name)) nameCheck(engine, name);
  const image = engine.images.find(request.Image ?? '');
  const id = idNew();
  const config = configOf(id, request, image.config);
  const hostConfig = hostConfigOf(request.HostConfig);
  if (hostConfig.Runtime !== undefined && !engine.settings.runtimes.includes(hostConfig.Runtime)) {
    throw new EngineError(400, `Unknown runtime specified ${hostConfig.Runtime}`);
  }
  const endpoints = endpointsOf(hostConfig.NetworkMode, request.NetworkingConfig?.EndpointsConfig ?? {});
  const bare = name === null ? nameNew((taken) => engine.names.has(taken)) : nameCheck(engine, name);
  const container: Container = {
    id,
    name: bare,
    created: engine.clock.nanos(),
    imageId: image.id,
    config,
    hostConfig,
    endpoints,
    mounts: mountsMake(engine, id, config, hostConfig),
    log: new ContainerLog(),
    stdio: new Stdio(),
    execs: new Set(),
    published: new Map(),
    status: 'created',
    process: null,
    pid: 0,
    exitCode: 0,
    error: '',
    startedAt: null,
    finishedAt: null,
    restartCount: 0,
    stoppedByHand: false,
    restartTimer: undefined,
    health: null,
    files: null,
    exitWaiters: [],
    removeWaiters: [],
  };
  engine.containers.set(id, container);
  engine.names.set(bare, id);
  containerEvent(engine, container, 'create');
  return container;
}

export function containerEvent(engine: EngineState, container: Container, action: string, attributes: Record<string, string> = {}): void {
  const { config, name, id } = container;
  engine.events.emit('container', action, id, { ...config.Labels, image: config.Image, name, ...attributes });
}

/** The container's command line: what `Path` and `Args` show. */
export function containerArgv(container: Container): string[] {
  return argvOf(container.config);
}

function endpointsOf(mode: string, requested: Record<string, EndpointRequest>): Map<string, Endpoint> {
  if (mode.startsWith('container:')) return new Map();
  const network = mode === 'default' ? 'bridge' : mode;
  const names = Object.keys(requested);
  if (names.length > 1) {
    throw new EngineError(400, `Container cannot be connected to network endpoints: ${names.join(', ')}`);
  }
  return new Map([[network, { request: requested[network] ?? requested[names[0] ?? ''] ?? {}, joined: null }]]);
}
