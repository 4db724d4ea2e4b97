import type { SystemScope, TenantScope } from '../db/scope.ts';
import { type AuditFilter, type AuditRow, auditInsert, auditPage, tenantAuditPage } from '../db/store/audit.ts';
import type { AuditEntry } from '../domain/audit.ts';
import { type AuditLine, type FloodGate, floodGate } from '../domain/flood-gate.ts';
import { inTurnMake } from '../domain/in-turn.ts';
import type { Log } from '../domain/log.ts';

/** The audit as the faces write to it. */
export interface Audit {
  /**
   * Resolves when the line of what was changed, or failed to be, is in the database, or after a second without one: what is done is done.
   * At once for a refusal, whose line comes with the next batch. Never rejects.
   */
  note(entry: AuditEntry): Promise<void>;
  /** Writes all there is, and does nothing more by itself. Counts of minutes that are not over stay with the gate. */
  close(): Promise<void>;
  /** As `close`, those counts included. */
  stop(): Promise<void>;
}

const flushMs = 500;
const patienceMs = 1_000;
const countMs = 5_000;
const batchLines = 500;
/** While the database is away changes fail, and what is left to say is said by the log. */
const keptLines = 10_000;

export function auditMake(system: SystemScope, log: Log, gate: FloodGate = floodGate()): Audit {
  let lines: AuditLine[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const writing = inTurnMake();

  // After that nothing is written: the database is about to be let go.
  let stopped = false;
  const wake = (ms: number) => {
    if (!stopped) timer ??= setTimeout(() => void flush(), ms);
  };

  const write = async () => {
    while (lines.length > 0) {
      const batch = lines.slice(0, batchLines);
      await auditInsert(system, batch);
      lines = lines.slice(batch.length);
    }
  };

  async function flush({ last = false, all = false } = {}): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    lines.push(...gate.ended(Date.now(), all));
    await writing(write).catch((error) => {
      log.error('the audit could not be written', error, { lines: lines.length });
      lines = lines.slice(-keptLines);
    });
    if (last) return;
    if (lines.length > 0 || gate.counting()) wake(lines.length > 0 ? flushMs : countMs);
  }

  return {
    async note(entry) {
      const line = gate.pass(entry, Date.now());
      if (!line) return;
      lines.push(line);
      // Lines that come while others are being written are the next batch together.
      if (entry.outcome !== 'refused' && !stopped) return withinPatience(flush());
      clearTimeout(timer);
      timer = undefined;
      wake(flushMs);
    },
    close: () => flush({ last: true }),
    stop() {
      stopped = true;
      return flush({ last: true, all: true });
    },
  };
}

async function withinPatience(written: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, patienceMs);
  await Promise.race([written, late]);
  clearTimeout(timer);
}

export type AuditReader = { kind: 'operator'; system: SystemScope; tenantId: string | null } | { kind: 'tenant'; scope: TenantScope };

/** The newest first. `before`: the id of the last line of the page before. */
export function auditRead(reader: AuditReader, filter: AuditFilter, before: string | null, limit: number): Promise<AuditRow[]> {
  return reader.kind === 'tenant'
    ? tenantAuditPage(reader.scope, filter, before, limit)
    : auditPage(reader.system, { ...filter, tenantId: reader.tenantId }, before, limit);
}
