import { z } from '@hono/zod-openapi';
import { jsonReply } from './fields.ts';
import { operation } from './operation.ts';

export const versionOperation = operation({
  caller: 'anyone',
  scope: 'any',
  route: {
    method: 'get',
    path: '/v1/version',
    operationId: 'version',
    tags: ['Server'],
    summary: 'The version of this server',
    responses: { 200: jsonReply('The version.', z.object({ version: z.string() }).openapi('Version')) },
  },
  handle: (c) => c.json({ version: c.var.deps.version }, 200),
});
