import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { attachRoutes } from './attach.ts';
import { commitRoutes } from './commit.ts';
import type { Container } from './container.ts';
import { containerRoutes } from './containers.ts';
import { EngineError } from './engine-error.ts';
import { type EventFault, EventFaults } from './event-faults.ts';
import { EventBus, eventRoutes } from './events.ts';
import { execRoutes } from './exec.ts';
import { type Fault, Faults } from './faults.ts';
import { fileRoutes } from './files.ts';
import { type HealthStatus, healthSet } from './health.ts';
import { type Call, type Reply, Router, versionCheck } from './http.ts';
import { ImageStore } from './image-store.ts';
import { imageAdd, imageTransferRoutes } from './image-transfer.ts';
import { imageRoutes } from './images.ts';
import { containersLose, lifecycleRoutes } from './lifecycle.ts';
import { logRoutes } from './log.ts';
import type { Network } from './network.ts';
import { networkRoutes, networksPredefine } from './networks.ts';
import { tagReference } from './references.ts';
import { type Answer, EngineServer, errorReply, type ListenAddress, type ServerTls } from './server.ts';
import type { EngineSettings, EngineState } from './state.ts';
import { statsRoutes } from './stats.ts';
import { serverVersion, systemRoutes } from './system.ts';
import { EngineClock } from './time.ts';
import { type Volume, volumeRoutes } from './volumes.ts';
import { waitRoutes } from './wait.ts';

export interface FakeEngineOptions {
  /** '1.41' unless given. */
  apiVersion?: string;
  minApiVersion?: string;
  cpus?: number;
  memoryBytes?: number;
  /** As `info` writes it: `x86_64`, `aarch64`. */
  architecture?: string;
  runtimes?: string[];
  /** What is there at the start; `busybox:latest` unless given. */
  images?: string[];
  /** Milliseconds since 1970, for what is shown; timers are the real ones. */
  clock?: () => number;
  /** A Unix socket unless given; else TCP on the loopback, with TLS and client certificates when there are PEMs. */
  listen?: 'tcp' | ServerTls;
}

/** One request that arrived, faults included. */
export interface RecordedCall {
  method: string;
  /** Without the version. */
  path: string;
  query: Record<string, string>;
  /** Parsed when it is JSON, else its bytes; undefined without one. */
  body: unknown;
  at: number;
}

export interface FakeEngine {
  /** `unix:///…` or `tcp://127.0.0.1:…` */
  readonly url: string;
  readonly calls: RecordedCall[];
  readonly containers: ReadonlyMap<string, Container>;
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly networks: ReadonlyMap<string, Network>;
  /** Calls that have not ended, those whose connection became a stream among them: `GET /events`. */
  underWay(): string[];
  fault(fault: Fault): { clear(): void };
  eventFault(fault: EventFault): { clear(): void };
  faultsClear(): void;
  healthSet(container: string, status: HealthStatus): void;
  /** The daemon is killed: connections are cut and refused. Processes go on until `revive` says otherwise. */
  die(): Promise<void>;
  /** The daemon again, with an empty ring of events. `running: false`: it finds its containers dead, and restart policies apply. */
  revive(options?: { running?: boolean }): Promise<void>;
  /** A partition: nothing is answered. Existing connections hang, or are destroyed when asked. */
  cut(options?: { destroy?: boolean }): void;
  /** The partition is over: what hung goes on. */
  heal(): void;
  /** Ends it for good. */
  stop(): Promise<void>;
}

/** Of engines that a test may have forgotten to stop: one handler for all, since there may be hundreds. */
const socketPaths: string[] = [];
process.on('exit', () => {
  for (const path of socketPaths) rmSync(path, { force: true });
});

const router = new Router([
  ...systemRoutes,
  ...containerRoutes,
  ...lifecycleRoutes,
  ...waitRoutes,
  ...logRoutes,
  ...attachRoutes,
  ...statsRoutes,
  ...execRoutes,
  ...fileRoutes,
  ...commitRoutes,
  ...imageTransferRoutes,
  ...imageRoutes,
  ...networkRoutes,
  ...volumeRoutes,
  ...eventRoutes,
]);

/** An in-memory Docker Engine that speaks the API of 20.10. test/contract holds it to what a real one does, and lists where it differs. */
export async function fakeEngineStart(options: FakeEngineOptions = {}): Promise<FakeEngine> {
  const milliseconds = options.clock ?? Date.now;
  const calls: RecordedCall[] = [];
  const faults = new Faults();
  const eventFaults = new EventFaults();
  const engine = stateMake(options, milliseconds, eventFaults);
  networksPredefine(engine);
  for (const image of options.images ?? ['busybox:latest']) imageAdd(engine, tagReference(image));
  const server = new EngineServer(addressOf(options), serverHeaders(engine.settings), answerWith(engine, faults, calls));
  await server.listen();
  return {
    url: server.url,
    calls,
    containers: engine.containers,
    volumes: engine.volumes,
    networks: engine.networks,
    underWay: () => server.underWay(),
    fault: (fault) => faults.add(fault),
    eventFault: (fault) => eventFaults.add(fault),
    faultsClear() {
      faults.clear();
      eventFaults.clear();
    },
    healthSet: (container, status) => healthSet(engine, container, status),
    die: () => server.close(),
    async revive({ running = true } = {}) {
      engine.events.forget();
      if (!running) containersLose(engine);
      await server.listen();
    },
    cut({ destroy = false } = {}) {
      server.silence();
      if (destroy) server.connectionsDestroy();
    },
    heal: () => server.restore(),
    stop: () => server.close(),
  };
}

function stateMake(options: FakeEngineOptions, milliseconds: () => number, eventFaults: EventFaults): EngineState {
  const clock = new EngineClock(milliseconds);
  const settings: EngineSettings = {
    apiVersion: options.apiVersion ?? '1.41',
    minApiVersion: options.minApiVersion ?? '1.12',
    cpus: options.cpus ?? 4,
    memoryBytes: options.memoryBytes ?? 8 * 2 ** 30,
    architecture: options.architecture ?? 'x86_64',
    runtimes: options.runtimes ?? ['runc'],
  };
  return {
    settings,
    id: randomBytes(24)
      .toString('hex')
      .toUpperCase()
      .replace(/(.{4})(?=.)/g, '$1:'),
    clock,
    milliseconds,
    events: new EventBus(clock, eventFaults),
    containers: new Map(),
    names: new Map(),
    execs: new Map(),
    images: new ImageStore(),
    networks: new Map(),
    volumes: new Map(),
    ports: new Set(),
    lastPid: 1000,
  };
}

function addressOf({ listen }: FakeEngineOptions): ListenAddress {
  if (listen !== undefined) return { port: 0, tls: listen === 'tcp' ? null : listen };
  // A Unix socket's path has about a hundred bytes at most.
  const path = join(tmpdir(), `fake-${randomBytes(6).toString('hex')}.sock`);
  socketPaths.push(path);
  return { path };
}

function serverHeaders({ apiVersion }: EngineSettings): Record<string, string> {
  return { 'Api-Version': apiVersion, 'Docker-Experimental': 'false', Ostype: 'linux', Server: `Docker/${serverVersion} (linux)` };
}

/** Records the call, lets it fail as the test wants, and routes it. */
function answerWith(engine: EngineState, faults: Faults, calls: RecordedCall[]): Answer {
  return async (request, { version, path, query }, body) => {
    const method = request.method ?? '';
    calls.push({
      method,
      path,
      query: Object.fromEntries(query),
      body: bodyRecord(request.headers['content-type'], body),
      at: engine.milliseconds(),
    });
    const fault = faults.take(method, path);
    if (fault?.kind === 'hang') await new Promise((resolve) => request.socket.once('close', resolve));
    if (fault?.kind === 'drop' || fault?.kind === 'hang') return null;
    if (fault?.kind === 'error') return { status: fault.status ?? 500, json: { message: fault.message ?? 'injected by the test' } };
    if (fault?.kind === 'slow') await delay(fault.ms ?? 0);
    const reply = await route(engine, version, { method, path, query, params: {}, body });
    if (fault?.kind === 'stall') return replyStall(reply);
    if (fault?.kind !== 'drop-after') return reply;
    if ('hijack' in reply) reply.hijack(new PassThrough().resume());
    return null;
  };
}

function replyStall(reply: Reply): Reply {
  if (!('stream' in reply)) return reply;
  return {
    ...reply,
    stream(out) {
      const whole = new PassThrough();
      const chunks: Buffer[] = [];
      whole.on('data', (chunk: Buffer) => chunks.push(chunk));
      whole.on('end', () => {
        const bytes = Buffer.concat(chunks);
        out.write(bytes.subarray(0, Math.ceil(bytes.length / 2)));
      });
      reply.stream(whole);
    },
  };
}

async function route(engine: EngineState, version: string | null, call: Call): Promise<Reply> {
  try {
    versionCheck(version, engine.settings);
    const { route: found, params } = router.find(call.method, call.path);
    return await found.handle(engine, { ...call, params });
  } catch (error) {
    if (error instanceof RangeError) return errorReply(new EngineError(500, error.message));
    return errorReply(error);
  }
}

function bodyRecord(contentType: string | undefined, body: Buffer): unknown {
  if (body.length === 0) return undefined;
  if (!contentType?.startsWith('application/json')) return body;
  try {
    return JSON.parse(body.toString());
  } catch {
    return body;
  }
}
