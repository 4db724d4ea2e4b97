import type { Duplex } from 'node:stream';

/** No Docker client sends a request before it has the reply to the last one; whoever does may have this many wait. */
const waitingMost = 32;

/**
 * One request of a connection after the other, as Go's server takes them (net/http, conn.serve): Node begins each as it comes, and a
 * connection can be handed over to a stream only when nothing else is being said on it.
 */
export interface ConnectionTurns {
  /** Resolves when all requests that came before on this connection are over; `over` resolves when this one is. */
  turn(socket: Duplex, over: Promise<void>): Promise<void>;
}

export function connectionTurns(): ConnectionTurns {
  const connections = new WeakMap<Duplex, { last: Promise<void>; waiting: number }>();
  return {
    async turn(socket, over) {
      const queue = connections.get(socket) ?? { last: Promise.resolve(), waiting: 0 };
      const before = queue.last;
      queue.last = over;
      connections.set(socket, queue);
      if (++queue.waiting > waitingMost) socket.destroy();
      await before;
      queue.waiting--;
    },
  };
}
