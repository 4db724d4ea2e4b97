import { hostRead } from '../app/host-admin.ts';
import { jsonReply } from './fields.ts';
import { Host, HostParams, hostView } from './host-schema.ts';
import { operation } from './operation.ts';

export const hostGetOperation = operation({
  caller: 'operator',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/hosts/{hostId}',
    operationId: 'hostGet',
    tags: ['Hosts'],
    summary: 'Read a host',
    request: { params: HostParams },
    responses: { 200: jsonReply('The host.', Host) },
  },
  async handle(c) {
    const row = await hostRead(c.var.deps.system, c.req.valid('param').hostId);
    return c.json(hostView(row), 200);
  },
});
