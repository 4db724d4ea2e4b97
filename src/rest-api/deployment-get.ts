import { deploymentFind, deploymentShow } from '../app/deployment-show.ts';
import { Deployment, DeploymentParams, deploymentView, etagOf } from './deployment-schema.ts';
import { jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';

export const deploymentGetOperation = operation({
  caller: 'own',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/deployments/{deploymentId}',
    operationId: 'deploymentGet',
    tags: ['Deployments'],
    summary: 'Read a deployment',
    description: 'Its spec can be sent back as it is. The ETag is for If-Match.',
    request: { params: DeploymentParams },
    responses: { 200: jsonReply('What is wished, what there is, and why they differ.', Deployment) },
  },
  async handle(c) {
    const scope = ownScope(c);
    const row = await deploymentFind(scope, c.req.valid('param').deploymentId);
    c.header('etag', etagOf(row));
    return c.json(deploymentView(await deploymentShow(c.var.deps.system, scope, row)), 200);
  },
});
