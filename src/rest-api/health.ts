import { z } from '@hono/zod-openapi';
import { jsonReply } from './fields.ts';
import { operation } from './operation.ts';

export const healthOperation = operation({
  caller: 'anyone',
  scope: 'any',
  route: {
    method: 'get',
    path: '/healthz',
    operationId: 'health',
    tags: ['Server'],
    summary: 'Whether the process lives',
    responses: { 200: jsonReply('It lives.', z.object({ status: z.literal('ok') }).openapi('Health')) },
  },
  handle: (c) => c.json({ status: 'ok' } as const, 200),
});
