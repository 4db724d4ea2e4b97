import { z } from '@hono/zod-openapi';
import { hostTenantsSet } from '../app/host-admin.ts';
import { jsonBody, jsonReply } from './fields.ts';
import { Host, HostParams, HostTenants, hostView } from './host-schema.ts';
import { operation } from './operation.ts';

export const hostTenantsOperation = operation({
  caller: 'operator',
  scope: 'admin',
  errors: ['unprocessable'],
  route: {
    method: 'put',
    path: '/v1/hosts/{hostId}/tenants',
    operationId: 'hostTenants',
    tags: ['Hosts'],
    summary: 'Say whom a host serves although its walls are not verified',
    description: 'The whole list. What runs there already stays; a host whose walls are verified serves every tenant.',
    request: { params: HostParams, body: jsonBody(z.strictObject({ tenants: HostTenants })) },
    responses: { 200: jsonReply('The host.', Host) },
  },
  async handle(c) {
    const row = await hostTenantsSet(c.var.deps.system, c.req.valid('param').hostId, c.req.valid('json').tenants);
    return c.json(hostView(row), 200);
  },
});
