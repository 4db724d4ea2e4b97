import { createHash } from 'node:crypto';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { linesRead } from './lines.ts';

/**
 * Which process is the edge of an installation on this machine. It listens on an abstract Unix socket, which the kernel frees when it
 * dies, and says who it is; a successor asks it there to give way once it serves itself, and whoever keeps an edge running waits there
 * for its end. Every line is a word or a JSON object.
 */
export interface Seat {
  /** For good; others find the seat empty at once. */
  leave(): Promise<void>;
}

export interface SeatOptions {
  /** What only the processes of one installation know: an address that others could guess is one they could occupy. */
  secret: string;
  /** Program and settings, for whoever compares. */
  identity: string;
  /** Resolves when this process serves; awaited before a predecessor is asked to give way. */
  serving: Promise<void>;
  /** Called once, when a successor serves, or `berth stop` says so. */
  asked(why: 'succeed' | 'stop'): void;
}

/** Takes the seat; from a predecessor as soon as this process serves. */
export async function seatTake(options: SeatOptions): Promise<Seat> {
  const address = addressOf(options.secret);
  const links = new Set<Socket>();
  let server: Server | undefined;
  let left: Promise<void> | undefined;
  const leave = () => {
    left ??= new Promise((resolve) => server?.close(() => resolve()));
    for (const link of links) link.destroy();
    return left;
  };
  const greet = (link: Socket) => {
    links.add(link.on('error', () => {}).once('close', () => links.delete(link)));
    link.write(`${JSON.stringify({ identity: options.identity })}\n`);
    linesRead(link, async (word) => {
      if (left || (word !== 'succeed' && word !== 'stop')) return;
      for (const other of links) if (word === 'succeed') other.write('succeeded\n');
      // The socket is free before the successor sees its link end.
      server?.close();
      await Promise.all([...links].map((other) => new Promise<void>((resolve) => other.end(() => resolve()))));
      await leave();
      options.asked(word);
    });
  };
  for (;;) {
    server = await listen(address, greet);
    if (server) return { leave };
    const link = await connect(address);
    if (!link) continue;
    await options.serving;
    link.write('succeed\n');
    await ended(link);
  }
}

/** Asks the edge to end, if there is one, and waits until it has given up its seat. Answers whether there was one. */
export async function seatStop(secret: string): Promise<boolean> {
  const link = await connect(addressOf(secret));
  if (!link) return false;
  link.write('stop\n');
  await ended(link);
  return true;
}

export interface SeatWatched {
  identity: string;
  ended: Promise<'succeeded' | 'died'>;
}

/** Watches the edge of this machine until it ends. Undefined: there is none, or it is just giving way: then it does not greet. */
export async function seatWatch(secret: string): Promise<SeatWatched | undefined> {
  const link = await connect(addressOf(secret));
  if (!link) return undefined;
  const { promise: greeted, resolve: greet } = Promise.withResolvers<string | undefined>();
  const { promise: over, resolve: end } = Promise.withResolvers<'succeeded' | 'died'>();
  linesRead(link, (line) => (line === 'succeeded' ? end('succeeded') : greet(identityRead(line))));
  link.once('close', () => {
    greet(undefined);
    end('died');
  });
  // Watching alone must not keep a process alive.
  link.unref();
  const identity = await greeted;
  return identity === undefined ? undefined : { identity, ended: over };
}

function identityRead(line: string): string {
  try {
    return String(JSON.parse(line).identity);
  } catch {
    return '';
  }
}

function addressOf(secret: string): string {
  return `\0berth-edge-${createHash('sha256').update(secret).digest('hex').slice(0, 32)}`;
}

function listen(address: string, onLink: (link: Socket) => void): Promise<Server | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Server | undefined>();
  const server = createServer(onLink);
  server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
  server.listen(address, () => resolve(server));
  return promise;
}

function connect(address: string): Promise<Socket | undefined> {
  const { promise, resolve } = Promise.withResolvers<Socket | undefined>();
  const socket = createConnection(address);
  socket.on('error', () => resolve(undefined)).once('connect', () => resolve(socket));
  return promise;
}

function ended(link: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  link.once('close', () => resolve()).resume();
  return promise;
}
