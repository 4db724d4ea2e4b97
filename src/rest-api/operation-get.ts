import { z } from '@hono/zod-openapi';
import { operationWait } from '../app/operation-read.ts';
import { Id, jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { DeploymentOperation, operationView } from './operation-schema.ts';
import { ownScope } from './own-scope.ts';
import { WaitSeconds } from './wait-seconds.ts';

export const operationGetOperation = operation({
  caller: 'own',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/operations/{operationId}',
    operationId: 'operationGet',
    tags: ['Deployments'],
    summary: 'Read or watch an operation',
    request: { params: z.object({ operationId: Id }), query: z.strictObject({ wait: WaitSeconds }) },
    responses: { 200: jsonReply('With `wait`: as soon as it has ended, or as it is after so long.', DeploymentOperation) },
  },
  async handle(c) {
    const { wait = 0 } = c.req.valid('query');
    return c.json(operationView(await operationWait(ownScope(c), c.req.valid('param').operationId, wait)), 200);
  },
});
