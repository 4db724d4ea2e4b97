import { and, eq, inArray, isNotNull } from 'drizzle-orm';
import type { ContainerSpec } from '../../domain/container-spec.ts';
import { replica, revision } from '../schema/deployment.ts';
import { job, jobRun } from '../schema/job.ts';
import type { TenantScope } from '../scope.ts';

/** What a tenant's deployments and jobs have or may need again, whether it runs at the moment or not. */
export interface Wished {
  /** Ids of rows. */
  containers: Set<string>;
  images: Set<string>;
  /** Names of volumes; names or ids of networks. */
  volumes: Set<string>;
  networks: Set<string>;
}

export async function wishedOf(scope: TenantScope): Promise<Wished> {
  const [replicas, runs, revisions, jobs, runsBefore] = await Promise.all([
    scope.db.select({ id: replica.containerId }).from(replica).where(eq(replica.tenantId, scope.tenantId)),
    scope.db
      .select({ id: jobRun.containerId })
      .from(jobRun)
      .where(and(eq(jobRun.tenantId, scope.tenantId), isNotNull(jobRun.containerId))),
    scope.db.select({ spec: revision.spec, imageId: revision.imageId }).from(revision).where(eq(revision.tenantId, scope.tenantId)),
    scope.db.select({ spec: job.spec, imageId: job.imageId }).from(job).where(eq(job.tenantId, scope.tenantId)),
    scope.db
      .select({ spec: jobRun.spec, imageId: jobRun.imageId })
      .from(jobRun)
      .where(and(eq(jobRun.tenantId, scope.tenantId), inArray(jobRun.state, ['pending', 'running']), isNotNull(jobRun.spec))),
  ]);
  const owners = [...revisions, ...jobs, ...runsBefore];
  const templates = owners.flatMap(({ spec }) => spec?.template ?? []);
  return {
    containers: new Set([...replicas, ...runs].flatMap(({ id }) => id ?? [])),
    images: new Set(owners.flatMap(({ imageId }) => imageId ?? [])),
    volumes: new Set(templates.flatMap(volumesNamed)),
    networks: new Set(templates.flatMap(networksNamed)),
  };
}

export function volumesNamed({ mounts }: Pick<ContainerSpec, 'mounts'>): string[] {
  return mounts.flatMap((mount) => (mount.type === 'volume' && mount.source !== null ? [mount.source] : []));
}

export function networksNamed({ network }: Pick<ContainerSpec, 'network'>): string[] {
  return network.mode === 'networks' ? network.endpoints.map((endpoint) => endpoint.network) : [];
}
