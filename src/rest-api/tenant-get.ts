import { tenantRead } from '../app/tenant-admin.ts';
import { jsonReply, TenantParams } from './fields.ts';
import { operation } from './operation.ts';
import { Tenant, tenantView } from './tenant-schema.ts';

export const tenantGetOperation = operation({
  caller: 'tenant',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/tenants/{tenantId}',
    operationId: 'tenantGet',
    tags: ['Tenants'],
    summary: 'Read a tenant',
    request: { params: TenantParams },
    responses: { 200: jsonReply('The tenant.', Tenant) },
  },
  async handle(c) {
    const row = await tenantRead(c.var.deps.system, c.req.valid('param').tenantId);
    return c.json(tenantView(row), 200);
  },
});
