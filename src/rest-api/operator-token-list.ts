import { tokensRead } from '../app/token.ts';
import { jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { PageQuery, pageOf, pageRead } from './page.ts';
import { Token, tokenView } from './token-schema.ts';

export const operatorTokenListOperation = operation({
  caller: 'operator',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/operator-tokens',
    operationId: 'operatorTokenList',
    tags: ['Credentials'],
    summary: "List operators' tokens",
    request: { query: PageQuery },
    responses: { 200: jsonReply('One page; revoked and expired ones too.', pageOf(Token)) },
  },
  async handle(c) {
    const { system } = c.var.deps;
    const page = await pageRead(
      'operator-token',
      c.req.valid('query'),
      (after, limit) => tokensRead(system, 'operators', after, limit),
      tokenView,
    );
    return c.json(page, 200);
  },
});
