import { z } from '@hono/zod-openapi';
import { tenantQuotaChange } from '../app/tenant-quota.ts';
import { credentialsChanged } from './credentials-changed.ts';
import { jsonBody, jsonReply, TenantParams } from './fields.ts';
import { operation } from './operation.ts';
import { Quota, Tenant, tenantView } from './tenant-schema.ts';

export const tenantChangeOperation = operation({
  caller: 'operator',
  scope: 'admin',
  route: {
    method: 'patch',
    path: '/v1/tenants/{tenantId}',
    operationId: 'tenantChange',
    tags: ['Tenants'],
    summary: "Change a tenant's quota",
    description: 'The fields that are given. What the tenant has beyond a smaller quota stays; nothing more comes to it.',
    request: { params: TenantParams, body: jsonBody(z.strictObject({ quota: z.strictObject(Quota.shape).partial() })) },
    responses: { 200: jsonReply('The tenant.', Tenant) },
  },
  async handle(c) {
    const { deps } = c.var;
    const row = await tenantQuotaChange(deps.system, c.req.valid('param').tenantId, c.req.valid('json').quota);
    // A credential is remembered with the quota of its tenant.
    await credentialsChanged(deps);
    return c.json(tenantView(row), 200);
  },
});
