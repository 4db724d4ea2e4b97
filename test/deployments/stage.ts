import { imageFind } from '../../src/app/image-find.ts';
import { type TenantScope, tenantScope } from '../../src/db/scope.ts';
import { type DeploymentRow, deploymentInsert, deploymentOf } from '../../src/db/store/deployment.ts';
import type { DeploymentSpec, UpdatePolicy } from '../../src/domain/deployment-spec.ts';
import { containerCreateRead } from '../../src/policy/container-create.read.ts';
import type { JsonValue } from '../../src/policy/json.ts';
import type { Berth, Tenant } from '../harness.ts';
import { until } from '../harness.ts';

export const update: UpdatePolicy = {
  parallelism: 1,
  order: 'start-first',
  delayMs: 0,
  healthDeadlineMs: 20_000,
  monitorMs: 500,
  failureAction: 'rollback',
  maxFailureRatio: 0,
};

/** A spec with a template read by the policy every container goes through. */
export function specOf(body: Record<string, JsonValue>, over: Partial<DeploymentSpec> = {}): DeploymentSpec {
  return {
    template: containerCreateRead({ Image: 'busybox', ...body }, { name: null, platform: null }),
    replicas: 3,
    ports: [],
    secrets: [],
    placement: { constraints: [], spread: [], maxPerHost: null },
    restart: { condition: 'any', delayMs: 500, maxAttempts: null },
    update,
    rollback: update,
    ...over,
  };
}

export function scopeOf(berth: Berth, tenant: Tenant): TenantScope {
  return tenantScope(berth.server.app.db, tenant.id);
}

export async function deploy(berth: Berth, tenant: Tenant, name: string, spec: DeploymentSpec): Promise<DeploymentRow> {
  const scope = scopeOf(berth, tenant);
  const image = await imageFind(scope, spec.template.image);
  return deploymentInsert(scope, { name, stack: null, spec, imageId: image.id });
}

export async function deployment(berth: Berth, tenant: Tenant, id: string): Promise<DeploymentRow> {
  return (await deploymentOf(scopeOf(berth, tenant), id)) as DeploymentRow;
}

export async function readyAwait(berth: Berth, tenant: Tenant, id: string, seconds = 30): Promise<void> {
  await until(async () => (await deployment(berth, tenant, id)).phase === 'ready', seconds);
}

/** Names, states and hosts of a deployment's running replicas, as the tenant's own docker ps has them. */
export async function replicas(berth: Berth, tenant: Tenant, name: string): Promise<{ name: string; id: string; host: string }[]> {
  const { stdout } = await tenant.docker(['ps', '--no-trunc', '--filter', `name=^${name}\\.`, '--format', '{{.ID}} {{.Names}}']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id = '', container = ''] = line.split(' ');
      return { id, name: container, host: berth.server.app.directory.containerByEngineId(id)?.hostId ?? '' };
    });
}
