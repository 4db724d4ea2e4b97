import { z } from '@hono/zod-openapi';
import { tokenEnd } from '../app/token.ts';
import { credentialsChanged } from './credentials-changed.ts';
import { Id } from './fields.ts';
import { operation } from './operation.ts';

export const operatorTokenRevokeOperation = operation({
  caller: 'operator',
  scope: 'admin',
  route: {
    method: 'delete',
    path: '/v1/operator-tokens/{operatorTokenId}',
    operationId: 'operatorTokenRevoke',
    tags: ['Credentials'],
    summary: "Revoke an operator's token at once",
    description: 'Also the one that this call is made with. With the last one gone, the next start of a server on Node makes one.',
    request: { params: z.object({ operatorTokenId: Id }) },
    responses: { 204: { description: 'It is worth nothing any more.' } },
  },
  async handle(c) {
    const { deps } = c.var;
    await tokenEnd(deps.system, 'operators', c.req.valid('param').operatorTokenId);
    await credentialsChanged(deps);
    return c.body(null, 204);
  },
});
