import { recordRetention, recordRetentionSet } from '../app/record-read.ts';
import { jsonBody, jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';
import { RecordRetention } from './record-schema.ts';

export const recordRetentionGetOperation = operation({
  caller: 'own',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/record-retention',
    operationId: 'recordRetentionGet',
    tags: ['Records'],
    summary: 'How long records are kept',
    responses: { 200: jsonReply('In days.', RecordRetention) },
  },
  async handle(c) {
    return c.json({ days: await recordRetention(ownScope(c)) }, 200);
  },
});

export const recordRetentionSetOperation = operation({
  caller: 'own',
  scope: 'admin',
  route: {
    method: 'put',
    path: '/v1/record-retention',
    operationId: 'recordRetentionSet',
    tags: ['Records'],
    summary: 'Say how long records are kept',
    description: 'Also those that are there: what is older goes within minutes.',
    request: { body: jsonBody(RecordRetention) },
    responses: { 200: jsonReply('In days.', RecordRetention) },
  },
  async handle(c) {
    const { days } = c.req.valid('json');
    await recordRetentionSet(c.var.deps.system, ownScope(c), days);
    return c.json({ days }, 200);
  },
});
