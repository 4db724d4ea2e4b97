import { type TenantScope, tenantScope } from '../db/scope.ts';
import type { ContainerRow } from '../db/store/container.ts';
import { recordLogSet, recordSet, recordTerms } from '../db/store/container-record.ts';
import { type LogLine, logLines } from '../engine/log-lines.ts';
import { containerEngine } from './container-host.ts';
import { containerSeen } from './container-seen.ts';
import type { App } from './context.ts';
import { recordBlobName, recordLogWrite } from './record-log.ts';
import { recordRemove } from './record-remove.ts';

const mostLines = 10_000;
const mostChars = 1024 * 1024;

interface LogEnd {
  lines: LogLine[];
  truncated: boolean;
}

/**
 * Keeps the last state and the end of the log of a container that is about to be removed, for as long as its tenant wants. A container that
 * never ran leaves nothing. Never throws, and takes seconds at the most: a removal does not wait for a log that cannot be had.
 */
export async function containerRecord(app: App, row: ContainerRow): Promise<void> {
  const scope = tenantScope(app.db, row.tenantId);
  try {
    const seen = await containerSeen(app, row);
    if (!seen) return;
    const { State, Created } = seen.document;
    const startedAt = momentOf(State.StartedAt);
    const terms = startedAt === null ? undefined : await recordTerms(scope, row.id);
    if (!terms || terms.days === 0) return;
    // The removal goes on when its host is back, and its record is made again if the container is still there.
    const log = seen.unknownSince ? null : await logRead(app, row);
    // The row first, so that no log lies in the store that nothing leads to.
    await recordSet(scope, {
      ...{ id: row.id, engineId: seen.row.engineId, name: row.name, image: row.spec.image },
      ...{ deployment: terms.deployment, revision: terms.revision },
      ...{ createdAt: momentOf(Created) ?? row.createdAt, startedAt },
      ...{ finishedAt: State.Running ? null : momentOf(State.FinishedAt), exitCode: State.Running ? null : State.ExitCode },
      ...{ oomKilled: State.OOMKilled, error: State.Error },
    });
    if (log) await logKeep(app, scope, row, log);
  } catch (error) {
    app.log.warn('a container leaves no record', { container: row.id, cause: String(error) });
  }
}

/** That a container is not gone after all: its engine would not remove it. */
export async function containerRecordForget(app: App, row: ContainerRow): Promise<void> {
  await recordRemove(app, row).catch((error) => app.log.warn('a record is left behind', { container: row.id, cause: String(error) }));
}

/** null: it cannot be read. */
async function logRead(app: App, row: ContainerRow): Promise<LogEnd | null> {
  try {
    return await logEnd(app, row);
  } catch (error) {
    app.log.warn('the log of a container cannot be read', { container: row.id, cause: String(error) });
    return null;
  }
}

async function logKeep(app: App, scope: TenantScope, row: ContainerRow, { lines, truncated }: LogEnd): Promise<void> {
  try {
    await app.blobs.put(recordBlobName(row), await recordLogWrite(app.seal, scope, row.id, lines));
    await recordLogSet(scope, row.id, lines.length, truncated);
  } catch (error) {
    app.log.warn('the log of a container is not kept', { container: row.id, cause: String(error) });
  }
}

/** The end of a log: as many lines as are kept, and no more in memory while it is read. */
async function logEnd(app: App, row: ContainerRow): Promise<LogEnd> {
  const { body } = await containerEngine(app, row).stream({
    method: 'GET',
    path: `/containers/${row.engineId}/logs`,
    query: { stdout: true, stderr: true, timestamps: true, tail: mostLines },
    deadlineMs: 5_000,
  });
  const lines: LogLine[] = [];
  let chars = 0;
  let dropped = false;
  let first = 0;
  for await (const line of logLines(body, row.spec.tty)) {
    chars += line.line.length;
    lines.push(line);
    for (; chars > mostChars; first++) {
      chars -= lines[first]?.line.length ?? 0;
      dropped = true;
    }
    if (first > mostLines) {
      lines.splice(0, first);
      first = 0;
    }
  }
  return { lines: lines.slice(first), truncated: dropped || lines.length - first >= mostLines };
}

/** Go's zero time stands for never. */
function momentOf(time: string): Date | null {
  const ms = Date.parse(time);
  return Number.isNaN(ms) || ms <= 0 ? null : new Date(ms);
}
