import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer as createNet, type Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { EngineError } from './engine-error.ts';
import { Gate } from './gate.ts';
import { bodyRead, type Reply, targetSplit, upgradeBodyRead } from './http.ts';

export interface ServerTls {
  ca: string;
  cert: string;
  key: string;
}

/** Where to listen: a Unix socket's path, or a port of the loopback, 0 for a free one. */
export type ListenAddress = { path: string } | { port: number; tls: ServerTls | null };

/** Answers one call. null: the connection is to be dropped without an answer. */
export type Answer = (request: IncomingMessage, target: ReturnType<typeof targetSplit>, body: Buffer) => Promise<Reply | null>;

/** The wire of a fake engine: a listener whose connections can be cut, silenced and taken up again. */
export class EngineServer {
  readonly #answer: Answer;
  readonly #headers: Record<string, string>;
  readonly #http: Server;
  readonly #gates = new Set<Gate>();
  readonly #underWay = new Set<{ call: string }>();
  #address: ListenAddress;
  #listener: NetServer | null = null;
  #silent = false;

  constructor(address: ListenAddress, headers: Record<string, string>, answer: Answer) {
    this.#address = address;
    this.#headers = headers;
    this.#answer = answer;
    const tls = 'tls' in address ? address.tls : null;
    // Without allowHalfOpen a client that closes its writing half would lose what is still to be printed.
    const options = { allowHalfOpen: true, requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 };
    this.#http = tls === null ? createHttp(options) : createHttps({ ...options, ...tls, requestCert: true });
    this.#http.on('request', (request, response) => void this.#request(request, response));
    this.#http.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head));
  }

  async listen(): Promise<void> {
    const listener = createNet({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
    await new Promise<void>((resolve, reject) => listener.once('error', reject).listen({ host: '127.0.0.1', ...this.#address }, resolve));
    if ('port' in this.#address) this.#address = { ...this.#address, port: (listener.address() as AddressInfo).port };
    this.#listener = listener;
  }

  get url(): string {
    return 'path' in this.#address ? `unix://${this.#address.path}` : `tcp://127.0.0.1:${this.#address.port}`;
  }

  /** Cuts every connection and stops listening: what a client sees of a killed daemon. */
  async close(): Promise<void> {
    const listener = this.#listener;
    this.#listener = null;
    const closed = new Promise((resolve) => (listener === null ? resolve(null) : listener.close(resolve)));
    this.connectionsDestroy();
    await closed;
  }

  connectionsDestroy(): void {
    for (const gate of this.#gates) gate.destroy();
  }

  /** A partition: connections hang, old and new ones. */
  silence(): void {
    this.#silent = true;
    for (const gate of this.#gates) gate.silence();
  }

  restore(): void {
    this.#silent = false;
    for (const gate of this.#gates) gate.restore();
  }

  /** Calls that have not ended, hijacked connections among them: method and path. */
  underWay(): string[] {
    return [...this.#underWay].map(({ call }) => call);
  }

  #begun(request: IncomingMessage, end: ServerResponse | Duplex): void {
    const one = { call: `${request.method} ${targetSplit(request.url ?? '/').path}` };
    this.#underWay.add(one);
    end.once('close', () => this.#underWay.delete(one));
  }

  #accept(socket: Socket): void {
    const gate = new Gate(socket, this.#silent);
    this.#gates.add(gate);
    gate.on('close', () => this.#gates.delete(gate)).on('error', () => undefined);
    this.#http.emit('connection', gate);
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#begun(request, response);
    const reply = await this.#answer(request, targetSplit(request.url ?? '/'), await bodyRead(request).catch(() => Buffer.alloc(0)));
    if (reply === null) return void response.socket?.destroy();
    if ('hijack' in reply) {
      const socket = socketTake(response);
      this.#begun(request, socket);
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n');
      return reply.hijack(socket);
    }
    for (const [name, value] of Object.entries(this.#headers)) response.setHeader(name, value);
    if (reply.contentType !== undefined) response.setHeader('Content-Type', reply.contentType);
    for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
    response.statusCode = reply.status;
    if ('stream' in reply) {
      response.flushHeaders();
      return reply.stream(response);
    }
    const body = replyBody(reply);
    if (body.type !== null) response.setHeader('Content-Type', body.type);
    response.setHeader('Content-Length', body.text.length);
    response.end(body.text);
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => undefined);
    this.#begun(request, socket);
    const body = await upgradeBodyRead(request, socket, head);
    const reply = await this.#answer(request, targetSplit(request.url ?? '/'), body);
    if (reply === null) return void socket.destroy();
    if ('hijack' in reply) {
      socket.write(
        'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n',
      );
      return reply.hijack(socket);
    }
    if ('stream' in reply) return void socket.destroy();
    const { type, text } = replyBody(reply);
    const headers = {
      ...this.#headers,
      ...(type === null ? {} : { 'Content-Type': type }),
      'Content-Length': text.length,
      Connection: 'close',
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status]}\r\n${lines.join('')}\r\n`);
    socket.end(text);
  }
}

/** An error as an engine writes it. */
export function errorReply(error: unknown): Reply {
  if (error instanceof EngineError) return { status: error.status, json: { message: error.message } };
  return { status: 500, json: { message: error instanceof Error ? error.message : String(error) } };
}

function replyBody(reply: { json?: unknown; text?: string; contentType?: string }): { type: string | null; text: Buffer } {
  if (reply.json === undefined) return { type: reply.contentType ?? null, text: Buffer.from(reply.text ?? '') };
  return { type: 'application/json', text: Buffer.from(`${JSON.stringify(reply.json)}\n`) };
}

/** Takes the socket away from node's parser, as an engine's hijack does: node offers this for upgrades alone. */
function socketTake(response: ServerResponse): Duplex {
  const socket = response.socket as Duplex;
  response.detachSocket(socket as Socket);
  socket.removeAllListeners('data').removeAllListeners('end');
  return socket.on('error', () => undefined);
}
