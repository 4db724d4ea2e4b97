import net from 'node:net';
import { Connection, chunkOf, type Head, requestText, tenantTarget, upgradeTcp } from '../docker-api/connection.ts';
import { tarFile, tarHeader } from '../docker-api/tar-file.ts';
import { execMake } from '../docker-api/wire-up.ts';
import type { Tenant } from '../harness.ts';

/** How a stream ended, as far as its client can tell. */
export type Ending =
  /** The last chunk came: nothing is missing. */
  | 'whole'
  /** The last chunk never came: every HTTP client fails. */
  | 'broken off'
  /** A raw stream was closed: its client asks how the process ended. */
  | 'closed'
  /** A line in the stream tells of a failure. */
  | 'told'
  /** There was no reply yet, and now it is a refusal. */
  | 'refused';

/** A stream that has begun: its head is there, or half of its upload has been sent. */
export interface Opened {
  connection: Connection;
  /** The plain connection below TLS: what a fault is done to. */
  socket: net.Socket;
  /** Resolves when the server has ended it. */
  ending(): Promise<Ending>;
}

/** What a kind needs of a server and what is on it. */
export interface World {
  tenant: Tenant;
  enginePort: number;
  httpPort: number;
  /** Running `cat` with its input open; `terminal` has a terminal. */
  box: string;
  terminal: string;
  /** Of a deployment with a replica. */
  deployment: string;
  /** A registry in the middle of whose pulls and pushes one stays; the tenant has an image `kept` by its name. */
  registry: string;
}

export interface Kind {
  name: string;
  open(world: World): Promise<Opened>;
  /** What is left of it when the engine is lost. null: it does not depend on one, and goes on. */
  lost: Ending | null;
}

/** Without its tag, `latest`. */
export const keptIn = (registry: string) => `${registry}/kept`;
const tar = { 'Transfer-Encoding': 'chunked', 'Content-Type': 'application/x-tar' };
const attachPath = (id: string) => `/v1.47/containers/${id}/attach?stream=1&stdin=1&stdout=1&stderr=1`;
const startOf = async ({ tenant, box }: World, headers: Record<string, string>, tty: boolean) =>
  requestText('POST', `/v1.47/exec/${await execMake(tenant, box, ['cat'], { Tty: tty })}/start`, {
    headers,
    body: { Detach: false, Tty: tty },
  });

export const kinds: readonly Kind[] = [
  hijack('attach', ({ box }) => requestText('POST', attachPath(box), { headers: upgradeTcp })),
  hijack('attach with a terminal', ({ terminal }) => requestText('POST', attachPath(terminal), { headers: upgradeTcp })),
  hijack('attach without an upgrade', ({ box }) => requestText('POST', attachPath(box))),
  hijack('attach over WebSocket', ({ box }) =>
    requestText('GET', `/v1.47/containers/${box}/attach/ws?stream=1&stdin=1&stdout=1`, {
      headers: {
        ...{ Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' },
        'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
      },
    }),
  ),
  hijack('exec', (world) => startOf(world, upgradeTcp, false)),
  hijack('exec with a terminal', (world) => startOf(world, upgradeTcp, true)),
  hijack('exec without an upgrade', (world) => startOf(world, {}, false)),
  download('logs', ({ box }) => `/containers/${box}/logs?follow=1&stdout=1`),
  { ...download('events', () => '/events'), lost: null },
  download('stats', ({ box }) => `/containers/${box}/stats`),
  { name: 'wait', lost: 'broken off', open: (world) => chunked(world, requestText('POST', `/v1.47/containers/${world.box}/wait`)) },
  download('archive out of a container', ({ box }) => `/containers/${box}/archive?path=/a`),
  download('export', ({ box }) => `/containers/${box}/export`),
  download('image save', ({ registry }) => `/images/${keptIn(registry)}/get`),
  upload('archive into a container', 'PUT', ({ box }) => `/containers/${box}/archive?path=/`),
  upload('image load', 'POST', () => '/images/load'),
  upload('image import', 'POST', () => '/images/create?fromSrc=-&repo=new&tag=1'),
  // It is kept here until it is whole.
  { ...upload('build context', 'POST', () => '/build?version=1&t=new'), lost: null },
  progress('image pull', 'Downloading', ({ registry }) =>
    requestText('POST', `/v1.47/images/create?fromImage=${registry}/half&tag=latest`),
  ),
  progress('image push', 'Preparing', ({ registry }) =>
    requestText('POST', `/v1.47/images/${keptIn(registry)}/push?tag=latest`, { headers: { 'X-Registry-Auth': btoa('{}') } }),
  ),
  { ...events('/v1/events', () => '/v1/events'), lost: null },
  // It says which replica's lines are missing, and goes on.
  { ...events("a deployment's logs", ({ deployment }) => `/v1/deployments/${deployment}/logs?follow=true`), lost: null },
];

/** Those that a fake engine has too, and a build in the middle of a step, which it does not understand. */
export const realKinds: readonly Kind[] = [
  ...kinds,
  progress('build', '"begun\\n"', () =>
    requestText('POST', '/v1.47/build?version=1&nocache=1', {
      headers: { 'Content-Type': 'application/x-tar' },
      body: tarFile('Dockerfile', 'FROM busybox\nRUN echo begun && exec sleep 600').toString('latin1'),
    }),
  ),
];

function hijack(name: string, request: (world: World) => string | Promise<string>): Kind {
  return {
    name,
    lost: 'closed',
    async open(world) {
      const { connection, socket } = await dockerConnect(world);
      const head = await begun(name, connection.send(await request(world)));
      if (head.status === 101 || head.status === 200) return { connection, socket, ending: () => connection.closed().then(() => 'closed') };
      throw new Error(`${name}: ${head.status}`);
    },
  };
}

function download(name: string, path: (world: World) => string): Kind {
  return { name, lost: 'broken off', open: (world) => chunked(world, requestText('GET', `/v1.47${path(world)}`)) };
}

/** `mark`: what it says once it is in the middle. */
function progress(name: string, mark: string, request: (world: World) => string): Kind {
  return {
    name,
    lost: 'told',
    async open(world) {
      const opened = await chunked(world, request(world));
      let text = '';
      while (!text.includes(mark)) {
        const chunk = await opened.connection.chunk();
        if (chunk === null) throw new Error(`${name} ended early: ${text}`);
        text += chunk;
      }
      return opened;
    },
  };
}

function events(name: string, path: (world: World) => string): Kind {
  return {
    name,
    lost: 'broken off',
    async open(world) {
      const socket = net.connect({ port: world.httpPort, host: '127.0.0.1', allowHalfOpen: true });
      const connection = new Connection(socket);
      const headers = { Authorization: `Bearer ${world.tenant.token}`, Accept: 'text/event-stream' };
      const head = await begun(name, connection.send(requestText('GET', path(world), { headers })));
      if (head.headers.get('content-type') !== 'text/event-stream') throw new Error(`${name} is no stream`);
      return { connection, socket, ending: () => chunkedEnding(connection) };
    },
  };
}

/** Half of a tar is sent. */
function upload(name: string, method: string, path: (world: World) => string): Kind {
  return {
    name,
    lost: 'refused',
    async open(world) {
      const { connection, socket } = await dockerConnect(world);
      connection.send(requestText(method, `/v1.47${path(world)}`, { headers: tar }));
      connection.send(chunkOf(tarHeader('half', 100_000).toString('latin1')), chunkOf('x'.repeat(50_000)));
      return {
        ...{ connection, socket },
        ending: async () => {
          const head = await connection.head().catch(() => null);
          if (head === null) return 'broken off';
          return head.status < 300 ? chunkedEnding(connection) : 'refused';
        },
      };
    },
  };
}

async function chunked(world: World, request: string): Promise<Opened> {
  const { connection, socket } = await dockerConnect(world);
  await begun(request, connection.send(request));
  return { connection, socket, ending: () => chunkedEnding(connection) };
}

async function begun(name: string, connection: Connection): Promise<Head> {
  const head = await connection.head();
  if (head.status >= 300) throw new Error(`${name}: ${head.status}`);
  return head;
}

async function chunkedEnding(connection: Connection): Promise<Ending> {
  let text = '';
  try {
    for (let chunk = await connection.chunk(); chunk !== null; chunk = await connection.chunk()) text = (text + chunk).slice(-10_000);
  } catch {
    return 'broken off';
  }
  return text.includes('"errorDetail"') ? 'told' : 'whole';
}

async function dockerConnect({ tenant, enginePort }: World): Promise<{ connection: Connection; socket: net.Socket }> {
  const { port, socket } = await relay(enginePort);
  const { ca, cert, key } = await tenantTarget(tenant);
  const connection = await Connection.open({ port, ca, cert, key });
  return { connection, socket: await socket };
}

/** A hop on the way, whose plain connection to the server can be reset: Node resets none that TLS lies on. */
async function relay(target: number): Promise<{ port: number; socket: Promise<net.Socket> }> {
  const { promise: socket, resolve } = Promise.withResolvers<net.Socket>();
  const listener = net.createServer({ allowHalfOpen: true }, (near) => {
    listener.close();
    const far = net.connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy()).once('close', () => other.destroy());
      one.pipe(other);
    }
    resolve(far);
  });
  await new Promise<void>((listening) => listener.listen(0, '127.0.0.1', listening));
  return { port: (listener.address() as net.AddressInfo).port, socket };
}
