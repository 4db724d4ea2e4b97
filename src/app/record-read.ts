import type { SystemScope, TenantScope } from '../db/scope.ts';
import { type ContainerRecordRow, recordDays, recordDaysSet, recordOf, recordPage } from '../db/store/container-record.ts';
import type { BlobStore } from '../domain/blob-store.ts';
import { BerthError } from '../domain/errors.ts';
import type { LogLine } from '../engine/log-lines.ts';
import type { Seal } from '../vault/seal.ts';
import { recordBlobName, recordLogRead } from './record-log.ts';

export type { ContainerRecordRow };

export function recordsRead(
  scope: TenantScope,
  filter: { deployment?: string | undefined; name?: string | undefined },
  after: { removedAt: Date; id: string } | null,
  limit: number,
): Promise<ContainerRecordRow[]> {
  return recordPage(scope, filter, after, limit);
}

/** By the id that the container had. Throws `not_found`. */
export async function recordFind(scope: TenantScope, id: string): Promise<ContainerRecordRow> {
  const row = await recordOf(scope, id);
  if (row) return row;
  throw new BerthError('not_found', 'There is no record of such a container, or no longer.');
}

/** Throws `not_found` when no log was kept. */
export async function recordLog(
  { seal, blobs }: { seal: Seal; blobs: BlobStore },
  scope: TenantScope,
  row: ContainerRecordRow,
): Promise<LogLine[]> {
  const sealed = row.logLines === null ? undefined : await blobs.get(recordBlobName(row));
  if (!sealed)
    throw new BerthError('not_found', 'The log of this container could not be kept: its host or the store was away when it was removed.');
  return recordLogRead(seal, scope, row.id, sealed);
}

export function recordRetention(scope: TenantScope): Promise<number> {
  return recordDays(scope);
}

/** Of the records that are there as well. */
export function recordRetentionSet(system: SystemScope, scope: TenantScope, days: number): Promise<void> {
  return recordDaysSet(system, scope.tenantId, days);
}
