import { z } from '@hono/zod-openapi';
import { databaseAnswers } from '../app/readiness.ts';
import { BerthError } from '../domain/errors.ts';
import { jsonReply } from './fields.ts';
import { operation } from './operation.ts';

export const readyOperation = operation({
  caller: 'anyone',
  scope: 'any',
  errors: ['unavailable'],
  route: {
    method: 'get',
    path: '/readyz',
    operationId: 'ready',
    tags: ['Server'],
    summary: 'Whether this server can work',
    description: 'It reaches its database and, on Node, hears the other servers.',
    responses: { 200: jsonReply('It can.', z.object({ status: z.literal('ready') }).openapi('Ready')) },
  },
  async handle(c) {
    const { system, engines } = c.var.deps;
    if (!(await databaseAnswers(system))) throw new BerthError('unavailable', 'The database does not answer.');
    if (engines && !engines.hears()) throw new BerthError('unavailable', 'This server does not hear the others.');
    return c.json({ status: 'ready' } as const, 200);
  },
});
