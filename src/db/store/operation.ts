import { and, asc, desc, eq, gt, lt, sql } from 'drizzle-orm';
import { operation } from '../schema/deployment.ts';
import type { SystemScope, TenantScope } from '../scope.ts';

export type OperationRow = typeof operation.$inferSelect;

export async function operationInsert(
  scope: TenantScope,
  values: Pick<OperationRow, 'id' | 'deploymentId' | 'kind' | 'version'> & { deadlineMs: number },
): Promise<OperationRow> {
  const { deadlineMs, ...rest } = values;
  const [row] = await scope.db
    .insert(operation)
    .values({ ...rest, tenantId: scope.tenantId, deadline: sql`now() + make_interval(secs => ${deadlineMs / 1000})` })
    .returning();
  if (!row) throw new Error('an insert without a row');
  return row;
}

/** An operation past its deadline reads as failed, even where no driver is left to say so. */
export async function operationOf(scope: TenantScope, id: string): Promise<OperationRow | undefined> {
  const mine = and(eq(operation.tenantId, scope.tenantId), eq(operation.id, id));
  await operationsEnd(scope, and(mine, lt(operation.deadline, sql`now()`)), 'failed', lateReason);
  const [row] = await scope.db.select().from(operation).where(mine);
  return row;
}

/** The latest of that kind that is still under way. */
export async function operationRunning(
  scope: TenantScope,
  deploymentId: string,
  kind: OperationRow['kind'],
): Promise<OperationRow | undefined> {
  const [row] = await scope.db
    .select()
    .from(operation)
    .where(
      and(
        eq(operation.tenantId, scope.tenantId),
        eq(operation.deploymentId, deploymentId),
        eq(operation.kind, kind),
        eq(operation.state, 'running'),
      ),
    )
    .orderBy(desc(operation.version))
    .limit(1);
  return row;
}

/** Those of one deployment. */
export async function operationPage(
  scope: TenantScope,
  deploymentId: string,
  after: string | null,
  limit: number,
): Promise<OperationRow[]> {
  const mine = and(eq(operation.tenantId, scope.tenantId), eq(operation.deploymentId, deploymentId));
  await operationsEnd(scope, and(mine, lt(operation.deadline, sql`now()`)), 'failed', lateReason);
  return scope.db
    .select()
    .from(operation)
    .where(and(mine, after === null ? undefined : gt(operation.id, after)))
    .orderBy(asc(operation.id))
    .limit(limit);
}

/** So often may each replica fail in a row before nobody waits for it any more: the first times it may have been too early for something else. */
const triesOfEach = 3;

/**
 * Ends what the present state of a deployment decides: an operation of an older version of the wish was superseded; one of this
 * version has succeeded when the deployment is ready (a pause: at once), and failed when the deployment is held, fails again and again,
 * or is late. That an operation failed ends no deployment: what is wished is tried on.
 */
export async function operationsSettle(
  scope: SystemScope,
  deploymentId: string,
  version: number,
  status: { phase: 'progressing' | 'ready' | 'degraded' | 'gone'; reason: string },
): Promise<void> {
  const mine = eq(operation.deploymentId, deploymentId);
  const current = and(mine, eq(operation.version, version));
  await operationsEnd(scope, and(mine, lt(operation.version, version)), 'failed', sql`'superseded by version ' || ${version}::text`);
  await operationsEnd(scope, and(current, eq(operation.kind, 'pause')), 'succeeded', '');
  if (status.phase === 'ready' || status.phase === 'gone') return operationsEnd(scope, current, 'succeeded', '');
  const deploymentIs = (condition: ReturnType<typeof sql>) =>
    and(current, sql`exists (select from deployment d where d.id = ${operation.deploymentId} and ${condition})`);
  await operationsEnd(scope, deploymentIs(sql`d.state = 'paused'`), 'failed', status.reason);
  const hopeless = deploymentIs(sql`d.failures_in_row >= ${triesOfEach} * greatest(d.replicas, 1)`);
  await operationsEnd(scope, hopeless, 'failed', 'its replicas end again and again; they go on being tried, later and later');
  await operationsEnd(scope, and(current, lt(operation.deadline, sql`now()`)), 'failed', lateReason);
}

/** What the driver gave up, before it makes another wish of its own (a rollback). */
export function operationsFail(scope: SystemScope, deploymentId: string, version: number, reason: string): Promise<void> {
  return operationsEnd(scope, and(eq(operation.deploymentId, deploymentId), eq(operation.version, version)), 'failed', reason);
}

const lateReason = sql`'not done by its deadline' || coalesce((select ': ' || nullif(d.reason, '') from deployment d where d.tenant_id = ${operation.tenantId} and d.id = ${operation.deploymentId}), '')`;

async function operationsEnd(
  scope: SystemScope | TenantScope,
  which: ReturnType<typeof and>,
  state: 'succeeded' | 'failed',
  reason: string | ReturnType<typeof sql>,
): Promise<void> {
  await scope.db
    .update(operation)
    .set({ state, reason, endedAt: sql`now()` })
    .where(and(which, eq(operation.state, 'running')));
}
