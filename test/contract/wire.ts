import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';

export interface WireReply {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  bytes: Buffer;
  text: string;
  /** undefined when the body is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: what an engine answers is what the suite is to find out
  json: any;
}

export interface RawStream {
  /** Status line and headers. */
  head: string;
  socket: Socket;
  /** What has come after the head so far. */
  received(): Buffer;
  /** Everything after the head, once the engine has closed. */
  rest: Promise<Buffer>;
}

/** A client with no opinions, on an engine's Unix socket: what is sent and what comes back is what the suite says. */
export class Wire {
  readonly #socketPath: string;

  constructor(url: string) {
    this.#socketPath = url.replace('unix://', '');
  }

  get(path: string): Promise<WireReply> {
    return this.call('GET', path);
  }

  post(path: string, body?: unknown): Promise<WireReply> {
    return this.call('POST', path, body);
  }

  delete(path: string): Promise<WireReply> {
    return this.call('DELETE', path);
  }

  async call(method: string, path: string, body?: unknown): Promise<WireReply> {
    const response = await this.open(method, path, body);
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part as Buffer);
    const bytes = Buffer.concat(parts);
    const text = bytes.toString();
    return { status: response.statusCode ?? 0, headers: response.headers, bytes, text, json: jsonOrUndefined(text) };
  }

  /** Resolves when the headers are there. */
  open(method: string, path: string, body?: unknown): Promise<IncomingMessage> {
    const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const type = Buffer.isBuffer(body) ? 'application/x-tar' : 'application/json';
    const headers = bytes === undefined ? {} : { 'Content-Type': type, 'Content-Length': bytes.length };
    return new Promise((resolve, reject) => {
      const request = httpRequest({ socketPath: this.#socketPath, method, path, headers, agent: false }, resolve);
      request.once('error', reject);
      request.end(bytes);
    });
  }

  /** A hijack: the head of the reply, then the raw connection. */
  hijack(path: string, options: { upgrade: boolean; body?: unknown }): Promise<RawStream> {
    const body = options.body === undefined ? '' : JSON.stringify(options.body);
    const upgrade = options.upgrade ? 'Connection: Upgrade\r\nUpgrade: tcp\r\n' : '';
    const socket = connect({ path: this.#socketPath, allowHalfOpen: true });
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: engine\r\nContent-Type: application/json\r\n${upgrade}Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    return new Promise((resolve, reject) => {
      let read = Buffer.alloc(0);
      let resolved = false;
      const ended = Promise.withResolvers<Buffer>();
      const headEnd = () => read.indexOf('\r\n\r\n');
      const received = () => read.subarray(headEnd() + 4);
      socket.on('data', (data) => {
        read = Buffer.concat([read, data]);
        if (resolved || headEnd() < 0) return;
        resolved = true;
        resolve({ head: read.subarray(0, headEnd()).toString(), socket, received, rest: ended.promise });
      });
      socket.on('end', () => {
        socket.end();
        ended.resolve(received());
      });
      socket.on('error', reject);
    });
  }
}

export interface Frame {
  stream: number;
  text: string;
}

/** Undoes the multiplexed framing; frames of one stream that follow each other are joined. */
export function framesOf(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const stream = bytes[at] ?? 0;
    const length = bytes.readUInt32BE(at + 4);
    const text = bytes.subarray(at + 8, at + 8 + length).toString();
    const last = frames.at(-1);
    if (last?.stream === stream) last.text += text;
    else frames.push({ stream, text });
    at += 8 + length;
  }
  return frames;
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
