import { tokenCreate } from '../app/token.ts';
import { callerOf } from './caller.ts';
import { jsonBody, jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { TokenCreated, TokenNew, tokenAsk, tokenView } from './token-schema.ts';

export const operatorTokenCreateOperation = operation({
  caller: 'operator',
  scope: 'admin',
  route: {
    method: 'post',
    path: '/v1/operator-tokens',
    operationId: 'operatorTokenCreate',
    tags: ['Credentials'],
    summary: "Make an operator's token",
    request: { body: jsonBody(TokenNew) },
    responses: { 201: jsonReply('The token. `token` is shown this once and stored as a hash only.', TokenCreated) },
  },
  async handle(c) {
    const maker = callerOf(c);
    const { row, text } = await tokenCreate(c.var.deps.system, maker, 'operators', tokenAsk(c.req.valid('json'), maker));
    return c.json({ ...tokenView(row), token: text }, 201);
  },
});
