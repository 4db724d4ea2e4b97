import { z } from '@hono/zod-openapi';
import { hostUpkeep } from '../app/host-admin.ts';
import { jsonBody, jsonReply } from './fields.ts';
import { Host, HostParams, HostUpkeep, hostView } from './host-schema.ts';
import { operation } from './operation.ts';

export const hostUpkeepOperation = operation({
  caller: 'operator',
  scope: 'admin',
  route: {
    method: 'put',
    path: '/v1/hosts/{hostId}/upkeep',
    operationId: 'hostUpkeep',
    tags: ['Hosts'],
    summary: 'Drain a host, hold it in maintenance, or have it back',
    description:
      'drain: replicas of deployments move to other hosts, new ones ready before old ones go; free containers stay. maintenance: everything stays where it is, however long the host is silent. Both keep new containers off. none: it serves again.',
    request: { params: HostParams, body: jsonBody(z.strictObject({ upkeep: HostUpkeep })) },
    responses: { 200: jsonReply('The host.', Host) },
  },
  async handle(c) {
    const row = await hostUpkeep(c.var.deps.system, c.req.valid('param').hostId, c.req.valid('json').upkeep);
    return c.json(hostView(row), 200);
  },
});
