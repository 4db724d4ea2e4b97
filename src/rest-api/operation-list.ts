import { deploymentFind } from '../app/deployment-show.ts';
import { operationsRead } from '../app/operation-read.ts';
import { DeploymentParams } from './deployment-schema.ts';
import { jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { DeploymentOperation, operationView } from './operation-schema.ts';
import { ownScope } from './own-scope.ts';
import { PageQuery, pageOf, pageRead } from './page.ts';

export const operationListOperation = operation({
  caller: 'own',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/deployments/{deploymentId}/operations',
    operationId: 'operationList',
    tags: ['Deployments'],
    summary: 'List the operations of a deployment',
    request: { params: DeploymentParams, query: PageQuery },
    responses: { 200: jsonReply('One page.', pageOf(DeploymentOperation)) },
  },
  async handle(c) {
    const scope = ownScope(c);
    const { id } = await deploymentFind(scope, c.req.valid('param').deploymentId);
    const page = await pageRead(
      'operation',
      c.req.valid('query'),
      (after, limit) => operationsRead(scope, id, after, limit),
      operationView,
    );
    return c.json(page, 200);
  },
});
