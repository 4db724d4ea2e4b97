import type { TenantScope } from '../db/scope.ts';
import { recordDelete, recordsOld, recordsSome } from '../db/store/container-record.ts';
import type { App } from './context.ts';
import { recordBlobName } from './record-log.ts';

const batch = 200;

/** Removes the records that are older than their tenants keep them. */
export async function recordsExpire(app: App): Promise<void> {
  await batches(app, () => recordsOld(app.system, batch));
}

/** Removes all that is kept of a tenant. */
export async function recordsRemoveOf(app: App, scope: TenantScope): Promise<void> {
  await batches(app, () => recordsSome(scope, batch));
}

async function batches(app: App, next: () => Promise<{ id: string; tenantId: string }[]>): Promise<void> {
  for (let rows = await next(); rows.length > 0; rows = await next()) {
    for (const row of rows) await recordRemove(app, row);
  }
}

/** The log first: a row without one is found again. */
export async function recordRemove(app: App, row: { id: string; tenantId: string }): Promise<void> {
  await app.blobs.delete(recordBlobName(row));
  await recordDelete(app.system, row.id);
}
