import { hostCordon } from '../app/host-admin.ts';
import { jsonReply } from './fields.ts';
import { Host, HostParams, hostView } from './host-schema.ts';
import { operation } from './operation.ts';

export const hostUncordonOperation = operation({
  caller: 'operator',
  scope: 'admin',
  route: {
    method: 'post',
    path: '/v1/hosts/{hostId}/uncordon',
    operationId: 'hostUncordon',
    tags: ['Hosts'],
    summary: 'Let a host take containers again',
    request: { params: HostParams },
    responses: { 200: jsonReply('The host.', Host) },
  },
  async handle(c) {
    const row = await hostCordon(c.var.deps.system, c.req.valid('param').hostId, false);
    return c.json(hostView(row), 200);
  },
});
