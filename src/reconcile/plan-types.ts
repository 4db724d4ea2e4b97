import type { RestartPolicy, UpdatePolicy } from '../domain/deployment-spec.ts';

/** A deployment as it is wished. Times are milliseconds of one clock, given with each call. */
export interface Wish {
  state: 'active' | 'paused' | 'deleting';
  replicas: number;
  /** The revision that shall run, and how often a restart of all was asked for. */
  revision: number;
  restarts: number;
  /** Where a failed update goes back to; null: there is nothing to go back to. */
  stableRevision: number | null;
  update: UpdatePolicy;
  restart: RestartPolicy;
  /** Of the present update: how many of its replicas failed, and when its last batch began. */
  failures: number;
  batchAt: number;
  /** Failures in a row since the last replica that was ready, and when the last one was. */
  failuresInRow: number;
  failedAt: number;
}

export interface Replica {
  id: string;
  slot: number;
  revision: number;
  restarts: number;
  /**
   * starting: from the intent until it is ready for the first time. ready: serves. failed: ended, or unhealthy, or not ready in time.
   * finished: ended with 0 where that is no failure. draining: takes no new connections. removing: an intent to remove it is written.
   */
  phase: 'starting' | 'ready' | 'failed' | 'finished' | 'draining' | 'removing';
  /** Its container runs, as far as is known: it may have connections, whatever its phase. */
  runs: boolean;
  /** When it came into this phase. */
  since: number;
  /** silent: its engine does not answer, and it is not given up. */
  host: 'here' | 'leaving' | 'silent' | 'lost';
  /** Its volumes or networks exist on its host only: elsewhere it would begin empty. */
  pinned: boolean;
}

export type Action =
  | { do: 'create'; slot: number; revision: number }
  /** Out of the edge first, then its grace, then gone. */
  | { do: 'drain'; id: string }
  | { do: 'remove'; id: string }
  /** Go back to the last revision that was ready. */
  | { do: 'rollback' }
  /** Hold the update where it is. */
  | { do: 'hold'; reason: string };

export interface Plan {
  actions: Action[];
  /** progressing: on its way. ready: as wished. degraded: as wished is not possible now. */
  status: { phase: 'progressing' | 'ready' | 'degraded' | 'gone'; reason: string };
  /** When to plan again even if nothing happens; null: when something does. */
  wakeAt: number | null;
}
