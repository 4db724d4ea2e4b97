import type { TenantScope } from '../db/scope.ts';
import type { ContainerRow } from '../db/store/container.ts';
import type { DeploymentRow } from '../db/store/deployment.ts';
import { replicasShown } from '../db/store/deployment-view.ts';
import { BerthError } from '../domain/errors.ts';
import { pause } from '../domain/pause.ts';
import { type LogLine, logLines } from '../engine/log-lines.ts';
import { nanoTimeRead, nanoTimeSeconds } from '../policy/nano-time.ts';
import { containerLogs } from './container-stream.ts';
import type { App } from './context.ts';
import { type LogCursor, logCursorKey, logCursorText } from './log-cursor.ts';
import { mergeMake } from './merge.ts';

const lookMs = 250;

export interface LogsAsked {
  follow: boolean;
  /** Of each replica that is there by now; null: all lines. */
  tail: number | null;
  since: Date | null;
  /** Where the reader left off: each replica goes on from its own last line. */
  cursor: LogCursor | null;
}

export type LogEvent =
  | { kind: 'line'; replica: string; line: LogLine; cursor: string }
  | { kind: 'notice'; replica: string; message: string };

type Replica = ContainerRow & { engineId: string };

/**
 * The logs of a deployment's replicas, merged as their lines come. With `follow` new replicas join and gone ones leave until the
 * signal fires; then no stream of an engine is left open. A replica whose host is away is told of once, and joins when it is back.
 */
export async function* deploymentLogs(
  app: App,
  scope: TenantScope,
  deployment: DeploymentRow,
  asked: LogsAsked,
  signal: AbortSignal,
): AsyncGenerator<LogEvent> {
  const ended = new AbortController();
  const merge = mergeMake<LogEvent>();
  const cursor: LogCursor = asked.cursor ?? { beganMs: Date.now(), lastNano: new Map() };
  const open = new Map<string, Promise<void>>();
  const away = new Set<string>();
  const finished = new Set<string>();

  async function read(row: Replica): Promise<void> {
    const key = logCursorKey(row.id);
    // An engine takes its bound inclusively.
    const bound = cursor.lastNano.get(key) ?? -1n;
    let last = bound;
    try {
      const { body } = await containerLogs(app, row, logQuery(row, asked, cursor), ended.signal);
      away.delete(row.id);
      for await (const line of logLines(body, row.spec.tty)) {
        const nano = nanoTimeRead(line.time);
        if (nano <= bound) continue;
        // A line of stdout and one of stderr get their times before their order: the first of two may have the later one.
        if (nano > last) last = nano;
        cursor.lastNano.set(key, last);
        await merge.push({ kind: 'line', replica: row.name, line, cursor: logCursorText(cursor) });
      }
      finished.add(row.id);
    } catch (error) {
      const refused = error instanceof BerthError && error.code !== 'unavailable';
      if (!ended.signal.aborted && !refused) await absent(row);
    }
  }

  async function absent(row: Replica): Promise<void> {
    if (away.has(row.id)) return;
    away.add(row.id);
    await merge.push({
      kind: 'notice',
      replica: row.name,
      message: 'Its host cannot be reached. Its lines are left out until it is back.',
    });
  }

  async function join(row: Replica): Promise<void> {
    const host = app.fleet.host(row.hostId);
    if (open.has(row.id) || (finished.has(row.id) && !host?.watch.peek(row.engineId)?.document?.State.Running)) return;
    if (!host?.watch.live) return absent(row);
    const reading = read(row).finally(() => open.delete(row.id));
    open.set(row.id, reading);
  }

  async function follow(): Promise<void> {
    let rows: Replica[] = [];
    let seen = -1;
    do {
      // What is in memory tells whether the database has anything new to say.
      const generation = app.directory.generation(scope.tenantId);
      if (generation !== seen) rows = await replicaRows(app, scope, deployment);
      seen = generation;
      const keys = new Set(rows.map(({ id }) => logCursorKey(id)));
      for (const key of cursor.lastNano.keys()) if (!keys.has(key)) cursor.lastNano.delete(key);
      for (const row of rows) await join(row);
      if (asked.follow) await pause(lookMs, ended.signal);
    } while (asked.follow && !ended.signal.aborted);
    await Promise.all(open.values());
  }

  signal.addEventListener('abort', merge.end, { once: true });
  const whole = follow().then(merge.end, merge.fail);
  try {
    yield* merge.items();
  } finally {
    signal.removeEventListener('abort', merge.end);
    ended.abort();
    merge.end();
    await whole;
    await Promise.all(open.values());
  }
}

async function replicaRows(app: App, scope: TenantScope, deployment: DeploymentRow): Promise<Replica[]> {
  await app.directory.fresh();
  const shown = await replicasShown(scope, deployment.id);
  return shown.flatMap(({ engineId }) => {
    const row = engineId === null ? undefined : app.directory.containerByEngineId(engineId);
    return row?.state === 'created' ? [row as Replica] : [];
  });
}

/** A replica that came after the reader began is new to it, and read from its first line. */
function logQuery(row: Replica, { follow, tail, since }: LogsAsked, cursor: LogCursor) {
  const last = cursor.lastNano.get(logCursorKey(row.id));
  const known = row.createdAt.getTime() <= cursor.beganMs;
  return {
    ...{ stdout: true, stderr: true, timestamps: true, follow },
    since: last !== undefined ? nanoTimeSeconds(last) : known && since ? nanoTimeSeconds(BigInt(since.getTime()) * 1_000_000n) : undefined,
    tail: last === undefined && known && tail !== null ? String(tail) : 'all',
  };
}
