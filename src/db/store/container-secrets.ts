import { sql } from 'drizzle-orm';
import type { SecretUse } from '../../domain/deployment-spec.ts';
import type { SecretsPinned } from '../../domain/secrets-given.ts';
import type { TenantScope } from '../scope.ts';

/** The secrets of a container that a deployment's revision or a job's run made; undefined for one that its tenant made. */
export async function containerSecrets(scope: TenantScope, containerId: string): Promise<SecretsPinned | undefined> {
  const { tenantId } = scope;
  const [row] = await scope.db.execute<{ secrets: SecretUse[] | null; versions: Record<string, string> }>(sql`
    select r.spec -> 'secrets' as secrets, r.secret_versions as versions
    from replica p join revision r on r.deployment_id = p.deployment_id and r.number = p.revision
    where p.tenant_id = ${tenantId} and r.tenant_id = ${tenantId} and p.container_id = ${containerId}
    union all
    select coalesce(n.spec, j.spec) -> 'secrets', coalesce(n.secret_versions, j.secret_versions)
    from job_run n join job j on j.id = n.job_id
    where n.tenant_id = ${tenantId} and j.tenant_id = ${tenantId} and n.container_id = ${containerId}`);
  return row && { secrets: row.secrets ?? [], secretVersions: row.versions };
}
