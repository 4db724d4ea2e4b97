import { recordFind } from '../app/record-read.ts';
import { jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';
import { ContainerRecord, RecordParams, recordView } from './record-schema.ts';

export const recordGetOperation = operation({
  caller: 'own',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/records/{containerId}',
    operationId: 'recordGet',
    tags: ['Records'],
    summary: 'Read the last state of a container that is gone',
    request: { params: RecordParams },
    responses: { 200: jsonReply('Its record.', ContainerRecord) },
  },
  async handle(c) {
    return c.json(recordView(await recordFind(ownScope(c), c.req.valid('param').containerId)), 200);
  },
});
