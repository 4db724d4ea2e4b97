import { deploymentChange } from '../app/deployment-change.ts';
import { deploymentFind } from '../app/deployment-show.ts';
import { DeploymentParams, IfMatch, ifMatchRead } from './deployment-schema.ts';
import { jsonReply } from './fields.ts';
import { workId } from './idempotency.ts';
import { operation } from './operation.ts';
import { DeploymentOperation, operationView } from './operation-schema.ts';
import { ownScope } from './own-scope.ts';

export const deploymentDeleteOperation = operation({
  caller: 'own',
  scope: 'deploy',
  errors: ['conflict', 'precondition_failed'],
  route: {
    method: 'delete',
    path: '/v1/deployments/{deploymentId}',
    operationId: 'deploymentDelete',
    tags: ['Deployments'],
    summary: 'Delete a deployment',
    description: 'Its replicas stop in order; its volumes stay. It reads 404 when nothing is left.',
    request: { params: DeploymentParams, headers: IfMatch },
    responses: { 202: jsonReply('It is being deleted.', DeploymentOperation) },
  },
  async handle(c) {
    const scope = ownScope(c);
    const deployment = await deploymentFind(scope, c.req.valid('param').deploymentId);
    const row = await deploymentChange(scope, deployment, ifMatchRead(c.req.valid('header')['if-match']), { kind: 'delete' }, workId(c));
    return c.json(operationView(row), 202);
  },
});
