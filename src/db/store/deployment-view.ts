import { and, eq, sql } from 'drizzle-orm';
import type { DeploymentSpec } from '../../domain/deployment-spec.ts';
import { container } from '../schema/container.ts';
import { deployment, replica, revision } from '../schema/deployment.ts';
import type { SystemScope, TenantScope } from '../scope.ts';
import type { DeploymentRow } from './deployment.ts';
import type { ReplicaRow } from './replica.ts';
import { secretsPin } from './secret.ts';

/** A replica as its tenant sees it: nothing of where it runs. */
export interface ReplicaShown extends Pick<ReplicaRow, 'slot' | 'revision' | 'phase' | 'since'> {
  /** The engine's 64 hex digits, which the Docker endpoint knows it by; null until it was made. */
  engineId: string | null;
  name: string;
}

export function replicasShown(scope: TenantScope, deploymentId: string): Promise<ReplicaShown[]> {
  return scope.db
    .select({
      engineId: container.engineId,
      name: container.name,
      slot: replica.slot,
      revision: replica.revision,
      phase: replica.phase,
      since: replica.since,
    })
    .from(replica)
    .innerJoin(container, and(eq(container.tenantId, replica.tenantId), eq(container.id, replica.containerId)))
    .where(and(eq(replica.tenantId, scope.tenantId), eq(replica.deploymentId, deploymentId)))
    .orderBy(replica.slot, replica.since);
}

/** How many replicas of each of the tenant's deployments serve. */
export async function readyCounts(scope: TenantScope): Promise<Map<string, number>> {
  const rows = await scope.db
    .select({ id: replica.deploymentId, ready: sql<number>`count(*)::int` })
    .from(replica)
    .where(and(eq(replica.tenantId, scope.tenantId), eq(replica.phase, 'ready')))
    .groupBy(replica.deploymentId);
  return new Map(rows.map(({ id, ready }) => [id, ready]));
}

/** Which of these ports of the edge (`8080/tcp`) another deployment wishes for, or a container that is none of this deployment's has. */
export async function edgePortsWanted(scope: SystemScope, ports: readonly string[], deploymentId: string | null): Promise<string[]> {
  if (ports.length === 0) return [];
  const wanted = sql`(${sql.join(
    ports.map((port) => sql`${port}`),
    sql`, `,
  )})`;
  const rows = await scope.db.execute<{ port: string }>(sql`
    select p->>'published' || '/' || (p->>'protocol') as port
    from deployment d join revision r on r.deployment_id = d.id and r.number = d.revision, jsonb_array_elements(r.spec->'ports') p
    where d.state <> 'deleting' and d.id is distinct from ${deploymentId}::uuid and p->>'published' || '/' || (p->>'protocol') in ${wanted}
    union
    select p.port || '/' || p.protocol from publication p
    where p.state <> 'kept' and p.edge_address = 'default' and p.port || '/' || p.protocol in ${wanted}
      and (p.deployment_id is null or p.deployment_id is distinct from ${deploymentId}::uuid)
      and not exists (select from replica r where r.container_id = p.container_id and r.deployment_id is not distinct from ${deploymentId}::uuid)`);
  return rows.map(({ port }) => port);
}

export function stackDeployments(scope: TenantScope, stack: string): Promise<DeploymentRow[]> {
  return scope.db
    .select()
    .from(deployment)
    .where(and(eq(deployment.tenantId, scope.tenantId), eq(deployment.stack, stack)));
}

/** Whether the revision that a deployment is at says the same, with the same image and the newest secrets. */
export async function revisionSame(
  scope: TenantScope,
  { id, revision: number }: Pick<DeploymentRow, 'id' | 'revision'>,
  spec: DeploymentSpec,
  imageId: string,
): Promise<boolean> {
  const pinned = await secretsPin(scope, spec);
  const rows = await scope.db
    .select({ number: revision.number })
    .from(revision)
    .where(
      and(
        ...[
          eq(revision.tenantId, scope.tenantId),
          eq(revision.deploymentId, id),
          eq(revision.number, number),
          eq(revision.imageId, imageId),
        ],
        sql`${revision.spec} = ${JSON.stringify(spec)}::jsonb`,
        sql`${revision.secretVersions} = ${JSON.stringify(pinned)}::jsonb`,
      ),
    );
  return rows.length > 0;
}
