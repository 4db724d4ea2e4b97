import { scopeTransaction, type TenantScope } from '../db/scope.ts';
import { type DeploymentRow, deploymentWish, revisionOf, type WishChange } from '../db/store/deployment.ts';
import { type OperationRow, operationInsert, operationRunning } from '../db/store/operation.ts';
import type { DeploymentSpec } from '../domain/deployment-spec.ts';
import { BerthError } from '../domain/errors.ts';
import { deleteDeadlineMs, rolloutDeadlineMs } from './deployment-deadline.ts';
import { deploymentFind } from './deployment-show.ts';
import { secretsCheck } from './secret.ts';

/** Changes of a wish that need no new revision: nothing is pulled, and what a revision says stays as it was released. */
export type Change =
  | { kind: 'scale'; replicas: number }
  /** `revision` null: the last one whose replicas were all ready, or the one before. */
  | { kind: 'rollback'; revision: number | null }
  | { kind: 'pause' | 'resume' | 'restart' | 'delete' };

/** `expected`: the version it is based on, or null. Throws `precondition_failed`, and `not_found` for a revision there is not, `unprocessable` for one whose secret was deleted. */
export async function deploymentChange(
  scope: TenantScope,
  row: DeploymentRow,
  expected: number | null,
  change: Change,
  operationId: string,
): Promise<OperationRow> {
  if (row.state === 'deleting') {
    const deleting = change.kind === 'delete' ? await operationRunning(scope, row.id, 'delete') : undefined;
    if (deleting) return deleting;
    // The last of it may have gone since it was read.
    await deploymentFind(scope, row.id);
    throw new BerthError('conflict', 'The deployment is being deleted.');
  }
  const number = change.kind === 'rollback' ? (change.revision ?? revisionBefore(row)) : row.revision;
  const revision = await revisionOf(scope, row.id, number);
  if (!revision) throw new BerthError('not_found', `The deployment has no revision ${number}.`);
  if (change.kind === 'rollback') await secretsCheck(scope, revision);
  const { kind } = change;
  const deadlineMs = kind === 'delete' ? deleteDeadlineMs(revision.spec) : rolloutDeadlineMs(sized(revision.spec, change, row));
  return scopeTransaction(scope, async (tx) => {
    const { id, version } = await deploymentWish(tx, row.id, expected, wishOf(row, change, number));
    return operationInsert(tx, { id: operationId, deploymentId: id, kind, version, deadlineMs });
  });
}

/** A pause holds until somebody wishes for a revision or a restart: that is meant to happen now. */
function wishOf({ restarts }: DeploymentRow, change: Change, revision: number): WishChange {
  switch (change.kind) {
    case 'scale':
      return { replicas: change.replicas };
    case 'rollback':
      return { revision, state: 'active' };
    case 'restart':
      return { restarts: restarts + 1, state: 'active' };
    case 'pause':
      return { state: 'paused' };
    case 'resume':
      return { state: 'active' };
    case 'delete':
      return { state: 'deleting' };
  }
}

function sized(spec: DeploymentSpec, change: Change, { replicas }: DeploymentRow): DeploymentSpec {
  return { ...spec, replicas: change.kind === 'scale' ? change.replicas : replicas };
}

function revisionBefore({ revision, stableRevision }: DeploymentRow): number {
  const before = stableRevision !== null && stableRevision !== revision ? stableRevision : revision - 1;
  if (before >= 1) return before;
  throw new BerthError('conflict', 'The deployment has no revision before this one to go back to.');
}
