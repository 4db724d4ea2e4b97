import { tenantDeleteStart } from '../app/tenant.ts';
import { tenantRead } from '../app/tenant-admin.ts';
import { credentialsChanged } from './credentials-changed.ts';
import { jsonReply, TenantParams } from './fields.ts';
import { operation } from './operation.ts';
import { Tenant, tenantView } from './tenant-schema.ts';

export const tenantDeleteOperation = operation({
  caller: 'operator',
  scope: 'admin',
  route: {
    method: 'delete',
    path: '/v1/tenants/{tenantId}',
    operationId: 'tenantDelete',
    tags: ['Tenants'],
    summary: 'Delete a tenant and everything it has',
    description:
      'Its credentials end at once; its containers, volumes and networks go by and by, on every host that can be reached. It reads 404 when nothing is left.',
    request: { params: TenantParams },
    responses: { 202: jsonReply('It is being deleted.', Tenant) },
  },
  async handle(c) {
    const { deps } = c.var;
    const { tenantId } = c.req.valid('param');
    const row = await tenantRead(deps.system, tenantId);
    await tenantDeleteStart(deps, tenantId);
    await credentialsChanged(deps);
    return c.json(tenantView({ ...row, state: 'deleting' }), 202);
  },
});
