import type { EdgeRoute } from '../db/store/edge-route.ts';

/** One port of the edge, and what goes through it. */
export interface Listener {
  /** Throws what the kernel says, `EADDRINUSE` among others. */
  open(): Promise<void>;
  /** What the table says now; never another port. */
  update(route: EdgeRoute): void;
  /** Takes no more from now on; what is under way goes on. */
  close(): void;
  /** Ends what is under way. */
  cut(): void;
  /** How many connections or sessions are under way. */
  readonly passages: number;
}
