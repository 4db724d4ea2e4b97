import { z } from '@hono/zod-openapi';
import { tenantUsageRead } from '../app/tenant-quota.ts';
import { jsonReply, TenantParams } from './fields.ts';
import { operation } from './operation.ts';
import { Quota, Usage } from './tenant-schema.ts';

export const tenantUsageOperation = operation({
  caller: 'tenant',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/tenants/{tenantId}/usage',
    operationId: 'tenantUsage',
    tags: ['Tenants'],
    summary: 'What a tenant has, and may have',
    request: { params: TenantParams },
    responses: { 200: jsonReply('Counted now.', z.object({ used: Usage, quota: Quota }).openapi('TenantUsage')) },
  },
  async handle(c) {
    return c.json(await tenantUsageRead(c.var.deps.system, c.req.valid('param').tenantId), 200);
  },
});
