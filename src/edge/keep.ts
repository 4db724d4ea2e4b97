import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../domain/log.ts';
import { type SeatWatched, seatWatch } from './seat.ts';

/** How long a new edge may take to its seat before another one is started; and how long while its process lives, on a busy machine. */
const seatMs = 10_000;
const seatSlowMs = 60_000;
const lookMs = 50;

export interface EdgeKeepOptions {
  secret: string;
  /** An edge of another identity, of an earlier version or with other settings, is succeeded by a new one. */
  identity: string;
  /** Starts an edge as a process that outlives this one. Resolves when it has ended; never rejects. */
  start(): Promise<void>;
  log: Log;
}

/** Sees to it that this machine has an edge, from now on until the returned function is called. The edge itself goes on after that. */
export function edgeKeep({ secret, identity, start, log }: EdgeKeepOptions): () => void {
  let stopped = false;
  /** `starting`: until when the process lives whose seat it will be. */
  const seatAwait = async (starting = Promise.resolve()): Promise<SeatWatched | undefined> => {
    const began = Date.now();
    let patienceMs = seatSlowMs;
    void starting.then(() => (patienceMs = seatMs));
    for (;;) {
      const edge = await seatWatch(secret);
      if (edge || stopped || Date.now() - began > patienceMs) return edge;
      await pause(lookMs);
    }
  };
  const keep = async () => {
    // Once only: two servers that differ would have their edges succeed each other without end.
    let compare = true;
    let edge = await seatWatch(secret);
    while (!stopped) {
      if (!edge) {
        compare = false;
        edge = await seatAwait(start());
        continue;
      }
      if (compare && edge.identity !== identity) {
        log.info('the edge is of another version or has other settings; a new one takes over');
        void start();
      }
      compare = false;
      const why = await edge.ended;
      edge = await (why === 'succeeded' ? seatAwait() : seatWatch(secret));
      if (!stopped && !edge) log.warn('the edge ended; starting it again');
    }
  };
  void keep();
  return () => {
    stopped = true;
  };
}
