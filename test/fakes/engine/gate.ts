import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** A socket that can fall silent: a partition loses no bytes, it holds them until it heals or the connection is given up. */
export class Gate extends Duplex {
  readonly #socket: Socket;
  #silent: boolean;
  #held: (() => void)[] = [];

  constructor(socket: Socket, silent: boolean) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#silent = silent;
    socket.on('data', (data) => {
      if (!this.push(data)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('close', () => this.destroy());
    socket.on('error', () => this.destroy());
    socket.pause();
  }

  silence(): void {
    this.#silent = true;
    this.#socket.pause();
  }

  restore(): void {
    this.#silent = false;
    this.#socket.resume();
    for (const held of this.#held.splice(0)) held();
  }

  // node:http asks these of a socket, and a fake engine has no idle timeouts.
  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  override _read(): void {
    if (!this.#silent) this.#socket.resume();
  }

  override _write(data: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#pass(() => this.#socket.write(data, () => done()));
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: () => void): void {
    const data = Buffer.concat(chunks.map(({ chunk }) => chunk));
    this.#pass(() => this.#socket.write(data, () => done()));
  }

  override _final(done: () => void): void {
    this.#pass(() => this.#socket.end(() => done()));
  }

  override _destroy(_error: Error | null, done: () => void): void {
    this.#socket.destroy();
    done();
  }

  #pass(action: () => void): void {
    if (this.#silent) this.#held.push(action);
    else action();
  }
}
