import { createHash } from 'node:crypto';
import { createConnection, createServer, type Server, type Socket } from 'node:net';

/**
 * One owner among all processes of this machine that join under the same secret. The kernel keeps the score: the owner listens on an
 * abstract Unix socket, the others hold a connection to it. So a crash needs no clean-up, a reused pid deceives nobody, and
 * when the owner ends, by Ctrl-C or by kill -9, the others know at once and one of them takes over.
 */
export interface Ownership {
  /** Leaves. Tells whether this process was the owner, and whether others remain who will take over. */
  leave(): Promise<{ owned: boolean; others: boolean }>;
}

/** `onOwner` runs once, when this process becomes the owner: at once, or when an earlier one has gone. */
export async function ownershipJoin(secret: string, onOwner: () => void): Promise<Ownership> {
  const path = addressOf(secret);
  const members = new Set<Socket>();
  let left = false;
  let server: Server | undefined;
  let link: Socket | undefined;

  const join = async (): Promise<void> => {
    while (!left) {
      server = await listen(path, members);
      if (server) return onOwner();
      link = await connect(path);
      if (!link) continue; // the owner went between our two questions
      link.once('close', () => void join());
      link.resume();
      return;
    }
  };
  await join();

  return {
    async leave() {
      left = true;
      link?.destroy();
      const others = members.size > 0;
      const owned = server !== undefined;
      for (const member of members) member.destroy();
      if (server) await new Promise((resolve) => server?.close(resolve));
      return { owned, others };
    },
  };
}

/** Runs `work` while no other process of this machine runs anything under the same secret; waits for its turn. */
export async function ownershipDuring<T>(secret: string, work: () => Promise<T>): Promise<T> {
  // The lock keeps no process alive; a process that waits for its turn must live.
  const alive = setInterval(() => undefined, 60_000);
  let ownership: Ownership | undefined;
  try {
    const turn = Promise.withResolvers<void>();
    ownership = await ownershipJoin(secret, turn.resolve);
    await turn.promise;
    return await work();
  } finally {
    clearInterval(alive);
    await ownership?.leave();
  }
}

/** True while some process owns what `secret` names. */
export async function ownershipTaken(secret: string): Promise<boolean> {
  const link = await connect(addressOf(secret));
  link?.destroy();
  return link !== undefined;
}

/** Derived from a secret: an address that others could guess is one they could occupy. */
function addressOf(secret: string): string {
  return `\0berth-${createHash('sha256').update(secret).digest('hex').slice(0, 32)}`;
}

function listen(path: string, members: Set<Socket>): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      members.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => members.delete(socket));
      socket.resume();
    });
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(path, () => {
      // The lock alone must not keep a process alive whose work is done.
      server.unref();
      resolve(server);
    });
  });
}

function connect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.on('error', () => resolve(undefined));
    socket.once('connect', () => {
      socket.unref();
      resolve(socket);
    });
  });
}
