import { hostCordon } from '../app/host-admin.ts';
import { jsonReply } from './fields.ts';
import { Host, HostParams, hostView } from './host-schema.ts';
import { operation } from './operation.ts';

export const hostCordonOperation = operation({
  caller: 'operator',
  scope: 'admin',
  route: {
    method: 'post',
    path: '/v1/hosts/{hostId}/cordon',
    operationId: 'hostCordon',
    tags: ['Hosts'],
    summary: 'Keep new containers off a host',
    description: 'What runs on it stays.',
    request: { params: HostParams },
    responses: { 200: jsonReply('The host.', Host) },
  },
  async handle(c) {
    const row = await hostCordon(c.var.deps.system, c.req.valid('param').hostId, true);
    return c.json(hostView(row), 200);
  },
});
