import { z } from '@hono/zod-openapi';
import { certificateEnd } from '../app/certificate.ts';
import { credentialsChanged } from './credentials-changed.ts';
import { Id } from './fields.ts';
import { operation } from './operation.ts';

export const certificateRevokeOperation = operation({
  caller: 'tenant',
  scope: 'admin',
  route: {
    method: 'delete',
    path: '/v1/tenants/{tenantId}/certificates/{certificateId}',
    operationId: 'certificateRevoke',
    tags: ['Credentials'],
    summary: 'Revoke a client certificate at once',
    description: 'Streams that it opened end within a second. It stays in the list.',
    request: { params: z.object({ tenantId: Id, certificateId: Id }) },
    responses: { 204: { description: 'It is worth nothing any more.' } },
  },
  async handle(c) {
    const { deps } = c.var;
    const { tenantId, certificateId } = c.req.valid('param');
    await certificateEnd(deps.system, tenantId, certificateId);
    await credentialsChanged(deps);
    return c.body(null, 204);
  },
});
