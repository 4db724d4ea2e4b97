import type http from 'node:http';
import { type Duplex, Readable } from 'node:stream';
import { BerthError } from '../domain/errors.ts';
import type { EngineAddress } from './address.ts';
import { type Transport, transportOpen } from './transport.ts';

/** An engine's own refusal. Its message is the engine's, so it must be scrubbed before a tenant reads it. */
export class EngineError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'EngineError';
    this.status = status;
  }
}

/** The engine could not be reached, or went away before it answered: whether the call took effect is not known. */
export class EngineUnreachable extends Error {
  constructor(cause: unknown) {
    super('engine unreachable', { cause });
    this.name = 'EngineUnreachable';
  }
}

export interface EngineCall {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Without the version: `/containers/json`. Built from resolved ids only. */
  path: string;
  query?: Record<string, string | number | boolean | readonly string[] | undefined>;
  json?: unknown;
  stream?: AsyncIterable<Uint8Array>;
  headers?: Record<string, string>;
  /** Asked also of an engine that was given up, to see whether it is back. */
  probe?: true;
  /** false: asked without a version, before the engine's own is known (engine 29 refuses old ones). */
  versioned?: false;
  signal?: AbortSignal;
  /** Milliseconds until the answer's headers (and, for `json`, its body) must be there. 0: no limit. */
  deadlineMs?: number;
}

export interface EngineStream {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Readable;
}

export interface EngineHijack {
  contentType: string;
  socket: Duplex;
}

const defaultDeadlineMs = 30_000;
/** Replies of an engine that we parse are bounded, so that a broken engine cannot fill our memory. */
const maxJsonBytes = 64 * 1024 * 1024;

/** One remote Docker Engine, spoken to in its own API version. Source: docs.docker.com/reference/api/engine. */
export class Engine {
  readonly address: EngineAddress;
  /** The engine's own version, `1.41`; set by the first `versionRead`. */
  apiVersion = '1.41';
  readonly #transport: Transport;
  readonly #underWay = new Set<{ destroy(error?: Error): unknown }>();
  #givenUp: EngineUnreachable | null = null;

  constructor(address: EngineAddress) {
    this.address = address;
    this.#transport = transportOpen(address);
  }

  close(): void {
    this.#transport.close();
  }

  /** Nobody expects an answer any more: whatever waits for one ends now, streams included, and new calls fail at once. */
  giveUp(cause: unknown): void {
    this.#givenUp = new EngineUnreachable(cause);
    for (const one of this.#underWay) one.destroy(this.#givenUp);
  }

  /** It answers again. */
  resume(): void {
    this.#givenUp = null;
  }

  /** A call whose answer is JSON, or nothing. Throws EngineError or EngineUnreachable. */
  async json<T>(call: EngineCall): Promise<T> {
    const deadlineMs = call.deadlineMs ?? defaultDeadlineMs;
    const signals = [call.signal, deadlineMs > 0 ? AbortSignal.timeout(deadlineMs) : undefined].filter((s) => s !== undefined);
    const reply = await this.#open({ ...call, signal: signals.length > 0 ? AbortSignal.any(signals) : undefined, deadlineMs: 0 });
    const text = await bodyText(reply.body);
    if (reply.status >= 400 || reply.status === 304) throw new EngineError(reply.status, engineMessage(text));
    if (text === '') return undefined as T;
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new EngineUnreachable(cause);
    }
  }

  /** A call whose answer is a stream. The deadline covers the headers only. */
  async stream(call: EngineCall): Promise<EngineStream> {
    const reply = await this.#open(call);
    if (reply.status >= 400) throw new EngineError(reply.status, engineMessage(await bodyText(reply.body)));
    return reply;
  }

  /** Attach and exec start: the connection becomes a raw stream. Only a `101` opens it. */
  hijack(call: EngineCall): Promise<EngineHijack> {
    if (this.#givenUp) return Promise.reject(this.#givenUp);
    const { promise, resolve, reject } = Promise.withResolvers<EngineHijack>();
    const body = call.json === undefined ? '' : JSON.stringify(call.json);
    const request = this.#transport.request({
      method: call.method,
      path: this.#path(call),
      headers: {
        ...call.headers,
        connection: 'Upgrade',
        upgrade: 'tcp',
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
      },
      signal: call.signal,
      timeout: call.deadlineMs ?? defaultDeadlineMs,
    });
    this.#remember(request);
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', (cause) => reject(new EngineUnreachable(cause)));
    request.on('upgrade', (response, socket, head) => {
      request.setTimeout(0);
      socket.setTimeout(0);
      this.#remember(socket);
      if (head.length > 0) socket.unshift(head);
      resolve({ contentType: response.headers['content-type'] ?? 'application/vnd.docker.raw-stream', socket });
    });
    request.on('response', (response) => {
      bodyText(response).then(
        (text) => reject(new EngineError(response.statusCode ?? 500, engineMessage(text))),
        (cause) => reject(new EngineUnreachable(cause)),
      );
    });
    request.end(body);
    return promise;
  }

  #remember(one: http.ClientRequest | Duplex): void {
    this.#underWay.add(one);
    one.once('close', () => this.#underWay.delete(one));
  }

  #path(call: EngineCall): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (typeof value === 'object') for (const one of value) query.append(name, one);
      else if (value !== undefined) query.set(name, String(value));
    }
    const search = query.size > 0 ? `?${query}` : '';
    return `${call.versioned === false ? '' : `/v${this.apiVersion}`}${call.path}${search}`;
  }

  #open(call: EngineCall): Promise<EngineStream> {
    if (this.#givenUp && !call.probe) return Promise.reject(this.#givenUp);
    const { promise, resolve, reject } = Promise.withResolvers<EngineStream>();
    const body = call.json === undefined ? undefined : JSON.stringify(call.json);
    const headers: Record<string, string> = { ...call.headers };
    if (body !== undefined) {
      headers['content-type'] = 'application/json';
      headers['content-length'] = String(Buffer.byteLength(body));
    } else if (call.stream) {
      headers['content-type'] = 'application/x-tar';
      headers['transfer-encoding'] = 'chunked';
    } else if (call.method !== 'GET' && call.method !== 'HEAD') {
      headers['content-length'] = '0';
    }
    const deadlineMs = call.deadlineMs ?? defaultDeadlineMs;
    const request = this.#transport.request({ method: call.method, path: this.#path(call), headers, signal: call.signal });
    this.#remember(request);
    const timer = deadlineMs > 0 ? setTimeout(() => request.destroy(new Error('no answer in time')), deadlineMs) : undefined;
    request.on('error', (cause: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      // A kept-alive connection may have been closed under us; a read is safe to ask again.
      if (request.reusedSocket && cause.code === 'ECONNRESET' && call.method === 'GET') resolve(this.#open(call));
      else reject(new EngineUnreachable(cause));
    });
    request.on('response', (response) => {
      clearTimeout(timer);
      resolve({ status: response.statusCode ?? 500, headers: response.headers, body: response });
    });
    if (call.stream) {
      const source = call.stream instanceof Readable ? call.stream : Readable.from(call.stream, { objectMode: false });
      source.on('error', (cause) => request.destroy(cause));
      request.on('close', () => source.destroy());
      source.pipe(request);
    } else {
      request.end(body);
    }
    return promise;
  }
}

async function bodyText(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxJsonBytes) throw new Error('answer too large');
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new EngineUnreachable(cause);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function engineMessage(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return String(parsed.message);
  } catch {
    // Older engines and proxies in between answer plain text.
  }
  return text.trim() || 'no message';
}

/** What a tenant may read of a call that never reached its engine. */
export function engineUnavailable(cause: unknown): BerthError {
  return new BerthError(
    'unavailable',
    'The host of this container cannot be reached at the moment. Try again, or see its last known state with docker ps -a.',
    { cause },
  );
}
