import { tenantsRead } from '../app/tenant-admin.ts';
import { jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { PageQuery, pageOf, pageRead } from './page.ts';
import { Tenant, tenantView } from './tenant-schema.ts';

export const tenantListOperation = operation({
  caller: 'operator',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/tenants',
    operationId: 'tenantList',
    tags: ['Tenants'],
    summary: 'List tenants',
    request: { query: PageQuery },
    responses: { 200: jsonReply('One page.', pageOf(Tenant)) },
  },
  async handle(c) {
    const { system } = c.var.deps;
    const page = await pageRead('tenant', c.req.valid('query'), (after, limit) => tenantsRead(system, after, limit), tenantView);
    return c.json(page, 200);
  },
});
