import { scopeTransaction, type TenantScope } from '../db/scope.ts';
import { type DeploymentRow, deploymentByName, deploymentInsert, deploymentRevise } from '../db/store/deployment.ts';
import { type OperationRow, operationInsert } from '../db/store/operation.ts';
import { BerthError } from '../domain/errors.ts';
import { deploymentSpecRead } from '../policy/deployment-spec.read.ts';
import type { JsonValue } from '../policy/json.ts';
import { rolloutDeadlineMs } from './deployment-deadline.ts';
import { type DeploymentDesk, releaseCheck } from './deployment-release.ts';
import { deploymentReleased } from './deployment-told.ts';

/** A wish as it was sent. `operationId`: under which the work is known, so that a repeated request finds it. */
export interface WishSent {
  spec: JsonValue;
  registryAuth: string | null;
  operationId: string;
}

/** Writes the wish; the driver makes it so. Throws `conflict` when the name is taken, and what releaseCheck throws. */
export async function deploymentCreate(
  desk: DeploymentDesk,
  scope: TenantScope,
  { name, stack, ...sent }: WishSent & { name: string; stack: string | null },
): Promise<OperationRow> {
  const spec = deploymentSpecRead(sent.spec, name);
  // Told before an image is pulled for nothing; the insert decides.
  if (await deploymentByName(scope, name))
    throw new BerthError('conflict', `A deployment named "${name}" exists already. Update it, or choose another name.`);
  const imageId = await releaseCheck(desk, scope, { spec, deploymentId: null, registryAuth: sent.registryAuth });
  return scopeTransaction(scope, async (tx) => {
    const row = await deploymentInsert(tx, { name, stack, spec, imageId });
    const operation = await operationInsert(tx, {
      id: sent.operationId,
      deploymentId: row.id,
      kind: 'create',
      version: row.version,
      deadlineMs: rolloutDeadlineMs(spec),
    });
    await deploymentReleased(tx, row);
    return operation;
  });
}

/** Makes a new revision and the wish for it. `expected`: the version it is based on, or null. Throws `precondition_failed`. */
export async function deploymentUpdate(
  desk: DeploymentDesk,
  scope: TenantScope,
  row: DeploymentRow,
  expected: number | null,
  sent: WishSent,
): Promise<OperationRow> {
  const spec = deploymentSpecRead(sent.spec, row.name);
  versionCheck(row, expected);
  const imageId = await releaseCheck(desk, scope, { spec, deploymentId: row.id, registryAuth: sent.registryAuth });
  return scopeTransaction(scope, async (tx) => {
    const revised = await deploymentRevise(tx, row.id, expected, spec, imageId);
    const operation = await operationInsert(tx, {
      id: sent.operationId,
      deploymentId: row.id,
      kind: 'update',
      version: revised.version,
      deadlineMs: rolloutDeadlineMs(spec),
    });
    await deploymentReleased(tx, revised);
    return operation;
  });
}

/** Tells a stale change before anything is pulled for it; the store decides. Throws `precondition_failed`. */
function versionCheck({ version }: DeploymentRow, expected: number | null): void {
  if (expected !== null && expected !== version)
    throw new BerthError(
      'precondition_failed',
      `The deployment was changed meanwhile: it is at version ${version}, and your change is based on ${expected}. Read it again and repeat your change.`,
    );
}
