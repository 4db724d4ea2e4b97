import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface LoadTarget {
  host: string;
  port: number;
  /** PEM: what the server is trusted by, and what a client shows where it must. */
  tls: { ca: string; cert?: string; key?: string };
}

/** GETs of one path, one after another on each connection, for `seconds` or until `requests` are made. */
export interface LoadJob {
  target: LoadTarget;
  path: string;
  connections: number;
  seconds?: number;
  requests?: number;
}

export interface LoadResult {
  p50Ms: number;
  p99Ms: number;
  perSecond: number;
  bytesPerSecond: number;
}

export interface Load {
  run(job: LoadJob): Promise<LoadResult>;
  stop(): void;
}

/** A process that makes load, one job at a time. */
export function loadStart(): Load {
  const child: ChildProcess = fork(join(import.meta.dirname, 'load-child.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return {
    async run(job) {
      child.send(job);
      const [result] = (await once(child, 'message')) as [LoadResult | { error: string }];
      if ('error' in result) throw new Error(result.error);
      return result;
    },
    stop: () => child.disconnect(),
  };
}

/** Of sorted numbers, the one that `part` of them do not exceed. */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function median(numbers: readonly number[]): number {
  return quantile(
    numbers.toSorted((a, b) => a - b),
    0.5,
  );
}
