import { z } from '@hono/zod-openapi';
import { tokenEnd } from '../app/token.ts';
import { credentialsChanged } from './credentials-changed.ts';
import { Id } from './fields.ts';
import { operation } from './operation.ts';

export const tokenRevokeOperation = operation({
  caller: 'tenant',
  scope: 'admin',
  route: {
    method: 'delete',
    path: '/v1/tenants/{tenantId}/tokens/{tokenId}',
    operationId: 'tokenRevoke',
    tags: ['Credentials'],
    summary: 'Revoke a token at once',
    description: 'Streams that it opened end within a second. It stays in the list.',
    request: { params: z.object({ tenantId: Id, tokenId: Id }) },
    responses: { 204: { description: 'It is worth nothing any more.' } },
  },
  async handle(c) {
    const { deps } = c.var;
    const { tenantId, tokenId } = c.req.valid('param');
    await tokenEnd(deps.system, { tenantId }, tokenId);
    await credentialsChanged(deps);
    return c.body(null, 204);
  },
});
