import { tokensRead } from '../app/token.ts';
import { jsonReply, TenantParams } from './fields.ts';
import { operation } from './operation.ts';
import { PageQuery, pageOf, pageRead } from './page.ts';
import { Token, tokenView } from './token-schema.ts';

export const tokenListOperation = operation({
  caller: 'tenant',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/tenants/{tenantId}/tokens',
    operationId: 'tokenList',
    tags: ['Credentials'],
    summary: 'List tokens',
    request: { params: TenantParams, query: PageQuery },
    responses: { 200: jsonReply('One page; revoked and expired ones too.', pageOf(Token)) },
  },
  async handle(c) {
    const { system } = c.var.deps;
    const { tenantId } = c.req.valid('param');
    const page = await pageRead('token', c.req.valid('query'), (after, limit) => tokensRead(system, { tenantId }, after, limit), tokenView);
    return c.json(page, 200);
  },
});
