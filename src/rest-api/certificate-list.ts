import { certificatesRead } from '../app/certificate.ts';
import { Certificate, certificateView } from './certificate-schema.ts';
import { jsonReply, TenantParams } from './fields.ts';
import { operation } from './operation.ts';
import { PageQuery, pageOf, pageRead } from './page.ts';

export const certificateListOperation = operation({
  caller: 'tenant',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/tenants/{tenantId}/certificates',
    operationId: 'certificateList',
    tags: ['Credentials'],
    summary: 'List client certificates',
    request: { params: TenantParams, query: PageQuery },
    responses: { 200: jsonReply('One page; revoked and expired ones too.', pageOf(Certificate)) },
  },
  async handle(c) {
    const { system } = c.var.deps;
    const { tenantId } = c.req.valid('param');
    const page = await pageRead(
      'certificate',
      c.req.valid('query'),
      (after, limit) => certificatesRead(system, tenantId, after, limit),
      certificateView,
    );
    return c.json(page, 200);
  },
});
