import { hostsRead } from '../app/host-admin.ts';
import { jsonReply } from './fields.ts';
import { Host, hostView } from './host-schema.ts';
import { operation } from './operation.ts';
import { PageQuery, pageOf, pageRead } from './page.ts';

export const hostListOperation = operation({
  caller: 'operator',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/hosts',
    operationId: 'hostList',
    tags: ['Hosts'],
    summary: 'List hosts',
    request: { query: PageQuery },
    responses: { 200: jsonReply('One page.', pageOf(Host)) },
  },
  async handle(c) {
    const { system } = c.var.deps;
    const page = await pageRead('host', c.req.valid('query'), (after, limit) => hostsRead(system, after, limit), hostView);
    return c.json(page, 200);
  },
});
