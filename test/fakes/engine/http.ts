import type { IncomingMessage } from 'node:http';
import type { Duplex, Writable } from 'node:stream';
import { EngineError } from './engine-error.ts';
import type { EngineState } from './state.ts';

export type Doc = Record<string, unknown>;

/** One request, with its version prefix taken off and its body read. */
export interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  /** The named parts of the route's path. */
  params: Record<string, string>;
  body: Buffer;
}

/** What a route answers, before it is put on a wire. */
export type Reply =
  | { status: number; json?: unknown; text?: string; contentType?: string; headers?: Record<string, string> }
  /** Headers go out at once; `out` emits close when the client leaves. */
  | { status: 200; contentType?: string; headers?: Record<string, string>; stream(out: Writable): void }
  /** The connection becomes a raw stream: 101 when the client asked to upgrade, else 200. */
  | { hijack(client: Duplex): void };

export interface Route {
  method: string;
  /** `{name}` is one segment, `{name*}` may hold slashes, as an image's name does. */
  path: string;
  handle(engine: EngineState, call: Call): Reply | Promise<Reply>;
}

export class Router {
  readonly #routes: { method: string; pattern: RegExp; route: Route }[];

  constructor(routes: Route[]) {
    this.#routes = routes.map((route) => {
      const source = route.path.replace(/\{(\w+)(\*?)\}/g, (_, name, slashes) => `(?<${name}>${slashes ? '.+' : '[^/]+'})`);
      return { method: route.method, pattern: new RegExp(`^${source}$`), route };
    });
  }

  find(method: string, path: string): { route: Route; params: Record<string, string> } {
    for (const { method: served, pattern, route } of this.#routes) {
      const match = served === method ? pattern.exec(path) : null;
      if (match !== null) return { route, params: { ...match.groups } };
    }
    throw new EngineError(404, 'page not found');
  }
}

/** Splits `/v1.41/containers/json?all=1`; version is null without a prefix. */
export function targetSplit(url: string): { version: string | null; path: string; query: URLSearchParams } {
  const question = url.indexOf('?');
  const whole = question < 0 ? url : url.slice(0, question);
  const [prefix, version = null] = /^\/v(\d+\.\d+)(?=\/)/.exec(whole) ?? [''];
  return {
    version,
    path: decodeURIComponent(whole.slice(prefix.length)),
    query: new URLSearchParams(question < 0 ? '' : url.slice(question + 1)),
  };
}

/** Throws 400 as an engine does when a client's version lies outside of its range. */
export function versionCheck(version: string | null, { minApiVersion, apiVersion }: { minApiVersion: string; apiVersion: string }): void {
  if (version === null) return;
  if (versionLess(apiVersion, version)) {
    throw new EngineError(400, `client version ${version} is too new. Maximum supported API version is ${apiVersion}`);
  }
  if (versionLess(version, minApiVersion)) {
    const advice = 'please upgrade your client to a newer version';
    throw new EngineError(400, `client version ${version} is too old. Minimum supported API version is ${minApiVersion}, ${advice}`);
  }
}

function versionLess(a: string, b: string): boolean {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA < majorB || (majorA === majorB && minorA < minorB);
}

/** The JSON body of a call. An empty one is `{}` unless `required`, which then is a real engine's `EOF`. */
export function bodyJson<T = Doc>(call: Call, required = false): T {
  if (call.body.length === 0) {
    if (required) throw new EngineError(500, 'EOF');
    return {} as T;
  }
  try {
    return JSON.parse(call.body.toString()) as T;
  } catch {
    throw new EngineError(500, 'invalid character in JSON body');
  }
}

export async function bodyRead(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** The body of a request that asked to upgrade: node leaves it on the socket, perhaps in pieces. What follows it is put back. */
export async function upgradeBodyRead(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<Buffer> {
  const length = Number(request.headers['content-length'] ?? 0);
  let read = head;
  while (read.length < length) {
    const part = socket.read() as Buffer | null;
    if (part !== null) read = Buffer.concat([read, part]);
    else if (socket.destroyed || socket.readableEnded) return read;
    else await new Promise((resolve) => socket.once('readable', resolve).once('close', resolve));
  }
  socket.removeAllListeners('readable');
  if (read.length > length) socket.unshift(read.subarray(length));
  return read.subarray(0, length);
}
