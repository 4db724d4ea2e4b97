import { recordFind, recordLog } from '../app/record-read.ts';
import { BerthError } from '../domain/errors.ts';
import { jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';
import { RecordLog, RecordParams } from './record-schema.ts';

export const recordLogOperation = operation({
  caller: 'own',
  scope: 'read',
  errors: ['not_served'],
  route: {
    method: 'get',
    path: '/v1/records/{containerId}/log',
    operationId: 'recordLog',
    tags: ['Records'],
    summary: 'Read the log of a container that is gone',
    description: 'Its end, when it was long. 501 from a server that does not reach the store.',
    request: { params: RecordParams },
    responses: { 200: jsonReply('The lines, the oldest first.', RecordLog) },
  },
  async handle(c) {
    const { seal, blobs } = c.var.deps;
    const scope = ownScope(c);
    const row = await recordFind(scope, c.req.valid('param').containerId);
    if (!blobs) throw new BerthError('not_served', 'This server does not reach the store of logs. Ask a Berth server that runs on Node.');
    return c.json({ lines: await recordLog({ seal, blobs }, scope, row), truncated: row.logTruncated }, 200);
  },
});
