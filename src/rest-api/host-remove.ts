import { enginesRequire } from './engines-require.ts';
import { HostParams } from './host-schema.ts';
import { operation } from './operation.ts';

export const hostRemoveOperation = operation({
  caller: 'operator',
  scope: 'admin',
  errors: ['conflict', 'unavailable', 'not_served'],
  route: {
    method: 'delete',
    path: '/v1/hosts/{hostId}',
    operationId: 'hostRemove',
    tags: ['Hosts'],
    summary: 'Take an empty host out of the fleet',
    description: 'It must be cordoned and hold no container or volume. 501 from a Worker, which reaches no engine.',
    request: { params: HostParams },
    responses: { 204: { description: 'It is out of the fleet; its engine runs on.' } },
  },
  async handle(c) {
    await enginesRequire(c.var.deps).hostRemove(c.req.valid('param').hostId);
    return c.body(null, 204);
  },
});
