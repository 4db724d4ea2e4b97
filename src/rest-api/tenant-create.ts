import { z } from '@hono/zod-openapi';
import { tenantCreate } from '../app/tenant.ts';
import { jsonBody, jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { Tenant, TenantName, tenantView } from './tenant-schema.ts';

export const tenantCreateOperation = operation({
  caller: 'operator',
  scope: 'admin',
  errors: ['conflict'],
  route: {
    method: 'post',
    path: '/v1/tenants',
    operationId: 'tenantCreate',
    tags: ['Tenants'],
    summary: 'Make a tenant',
    request: { body: jsonBody(z.strictObject({ name: TenantName })) },
    responses: { 201: jsonReply('The tenant, with no credentials yet.', Tenant) },
  },
  async handle(c) {
    const row = await tenantCreate(c.var.deps, c.req.valid('json').name);
    return c.json(tenantView(row), 201);
  },
});
