import { tokenCreate } from '../app/token.ts';
import { callerOf } from './caller.ts';
import { jsonBody, jsonReply, TenantParams } from './fields.ts';
import { operation } from './operation.ts';
import { TokenCreated, TokenNew, tokenAsk, tokenView } from './token-schema.ts';

export const tokenCreateOperation = operation({
  caller: 'tenant',
  scope: 'admin',
  errors: ['conflict'],
  route: {
    method: 'post',
    path: '/v1/tenants/{tenantId}/tokens',
    operationId: 'tokenCreate',
    tags: ['Credentials'],
    summary: 'Make a token',
    request: { params: TenantParams, body: jsonBody(TokenNew) },
    responses: { 201: jsonReply('The token. `token` is shown this once and stored as a hash only.', TokenCreated) },
  },
  async handle(c) {
    const maker = callerOf(c);
    const { row, text } = await tokenCreate(c.var.deps.system, maker, c.req.valid('param'), tokenAsk(c.req.valid('json'), maker));
    return c.json({ ...tokenView(row), token: text }, 201);
  },
});
