import { readFile } from 'node:fs/promises';
import type net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import type { Tenant } from '../harness.ts';

/** A reply's status line and headers, names in lower case. */
export interface Head {
  status: number;
  reason: string;
  headers: Map<string, string>;
}

export interface RawReply extends Head {
  body: Buffer;
  text: string;
}

export interface ConnectOptions {
  port: number;
  /** PEM of the server's authority; without it the server is believed. */
  ca?: string;
  cert?: string;
  key?: string;
}

/** One connection, over TLS unless its socket is given; bytes in and bytes out: no client library decides what is sent, or what is read out of the answer. */
export class Connection {
  readonly socket: net.Socket;
  #chunks: Buffer[] = [];
  #ended = false;
  #error: Error | null = null;
  #wake: () => void = () => {};

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('readable', () => this.#wake());
    socket.on('end', () => this.#end(null));
    socket.on('close', () => this.#end(null));
    socket.on('error', (error) => this.#end(error));
  }

  static async open(options: ConnectOptions): Promise<Connection> {
    const socket = tls.connect({
      host: '127.0.0.1',
      rejectUnauthorized: options.ca !== undefined,
      allowHalfOpen: true,
      ...options,
    } as tls.ConnectionOptions);
    const connection = new Connection(socket);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed in the handshake')));
    await promise;
    return connection;
  }

  send(...parts: (string | Uint8Array)[]): this {
    for (const part of parts) this.socket.write(part);
    return this;
  }

  /** Closes the writing half only. */
  end(): this {
    this.socket.end();
    return this;
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Exactly `length` bytes. */
  async read(length: number): Promise<Buffer> {
    while (this.#length < length) {
      if (!(await this.#more())) throw new Error(`ended after ${this.#length} of ${length} bytes: ${this.#buffer.toString('latin1')}`);
    }
    return this.#take(length);
  }

  /** Everything up to and including `mark`. */
  async readThrough(mark: string): Promise<Buffer> {
    for (;;) {
      const at = this.#buffer.indexOf(mark);
      if (at >= 0) return this.#take(at + Buffer.byteLength(mark));
      if (!(await this.#more())) throw new Error(`ended before ${JSON.stringify(mark)}: ${this.#error ?? this.#buffer.toString('latin1')}`);
    }
  }

  /** Everything until the other side ends. Throws when it breaks off instead. */
  async rest(): Promise<Buffer> {
    while (await this.#more());
    if (this.#error) throw this.#error;
    return this.#take(this.#length);
  }

  async head(): Promise<Head> {
    const [start = '', ...lines] = (await this.readThrough('\r\n\r\n')).toString('latin1').trimEnd().split('\r\n');
    const [, status, reason = ''] = /^HTTP\/1\.1 (\d{3}) ?(.*)$/.exec(start) ?? [];
    const headers = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    return { status: Number(status), reason, headers };
  }

  /** A whole reply, framed as its headers say. `bodiless`: of a HEAD. */
  async reply(options: { bodiless?: boolean } = {}): Promise<RawReply> {
    const head = await this.head();
    const body = options.bodiless || head.status === 204 || head.status === 304 ? Buffer.alloc(0) : await this.#body(head.headers);
    return { ...head, body, text: body.toString() };
  }

  /** One chunk of a chunked body; null for the last. */
  async chunk(): Promise<Buffer | null> {
    const length = Number.parseInt((await this.readThrough('\r\n')).toString(), 16);
    const chunk = await this.read(length);
    await this.read(2);
    return length === 0 ? null : chunk;
  }

  /** Reads and drops everything until the other side ends; how many bytes there were. `step` is called now and then. */
  async drain(step: () => void = () => {}): Promise<number> {
    let bytes = 0;
    while (await this.#more()) {
      bytes += this.#length;
      this.#chunks = [];
      step();
    }
    return bytes;
  }

  /** Resolves when the other side has ended, whatever still comes is thrown away. */
  async closed(): Promise<void> {
    await this.drain();
  }

  get isClosed(): boolean {
    // Only a read notices the end.
    const chunk: Buffer | null = this.socket.read();
    if (chunk) this.#chunks.push(chunk);
    return this.#ended;
  }

  async #body(headers: Map<string, string>): Promise<Buffer> {
    const length = headers.get('content-length');
    if (length !== undefined) return this.read(Number(length));
    if (headers.get('transfer-encoding') !== 'chunked') return this.rest();
    const chunks: Buffer[] = [];
    for (let chunk = await this.chunk(); chunk !== null; chunk = await this.chunk()) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  get #length(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  get #buffer(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  #take(length: number): Buffer {
    const whole = this.#buffer;
    this.#chunks = [whole.subarray(length)];
    return whole.subarray(0, length);
  }

  /** Waits for more bytes; false when there will be none. */
  async #more(): Promise<boolean> {
    for (;;) {
      const chunk: Buffer | null = this.socket.read();
      if (chunk !== null) {
        this.#chunks.push(chunk);
        return true;
      }
      if (this.#ended) return false;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }

  #end(error: Error | null): void {
    this.#ended = true;
    this.#error ??= error;
    this.#wake();
  }
}

/** A connection with the tenant's client certificate. */
export async function tenantConnect(tenant: Tenant): Promise<Connection> {
  return Connection.open(await tenantTarget(tenant));
}

export async function tenantTarget(tenant: Tenant): Promise<Required<ConnectOptions>> {
  const [ca, cert, key] = await Promise.all(['ca', 'cert', 'key'].map((name) => readFile(join(tenant.certsDir, `${name}.pem`), 'utf8')));
  return { port: Number(new URL(tenant.env.DOCKER_HOST ?? '').port), ca: ca ?? '', cert: cert ?? '', key: key ?? '' };
}

/** The bytes of a request. A body that is an object is sent as JSON. */
export function requestText(method: string, path: string, options: { headers?: Record<string, string>; body?: unknown } = {}): string {
  const body = options.body === undefined ? '' : typeof options.body === 'string' ? options.body : JSON.stringify(options.body);
  const framed = options.headers?.['Transfer-Encoding'] !== undefined;
  const headers: Record<string, string> = {
    Host: 'berth',
    ...(options.body !== undefined && { 'Content-Type': 'application/json' }),
    ...(!framed && (options.body !== undefined || method === 'POST') && { 'Content-Length': String(Buffer.byteLength(body)) }),
    ...options.headers,
  };
  return `${method} ${path} HTTP/1.1\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n${body}`;
}

export const upgradeTcp = { Connection: 'Upgrade', Upgrade: 'tcp' };

/** Bytes as one chunk of a chunked body; an empty one ends it. */
export function chunkOf(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

/** What a framed stream (application/vnd.docker.multiplexed-stream) brought, by stream. */
export function unframe(bytes: Buffer): { stdout: string; stderr: string } {
  const out = { stdout: '', stderr: '' };
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at + 4);
    const text = bytes.subarray(at + 8, at + 8 + length).toString();
    if (bytes[at] === 2) out.stderr += text;
    else out.stdout += text;
    at += 8 + length;
  }
  return out;
}
