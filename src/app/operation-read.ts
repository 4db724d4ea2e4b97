import type { TenantScope } from '../db/scope.ts';
import { type OperationRow, operationOf, operationPage } from '../db/store/operation.ts';
import { BerthError } from '../domain/errors.ts';
import { lookUntil } from '../domain/look-until.ts';

export function operationFind(scope: TenantScope, id: string): Promise<OperationRow | undefined> {
  return operationOf(scope, id);
}

/** The operation as soon as it has ended, or as it is after so long. Throws `not_found`. */
export async function operationWait(scope: TenantScope, id: string, waitMs: number): Promise<OperationRow> {
  const row = await lookUntil(
    waitMs,
    () => operationOf(scope, id),
    (seen) => seen?.state !== 'running',
  );
  if (row) return row;
  throw new BerthError('not_found', 'There is no such operation.');
}

export function operationsRead(scope: TenantScope, deploymentId: string, after: string | null, limit: number): Promise<OperationRow[]> {
  return operationPage(scope, deploymentId, after, limit);
}
