import { z } from '@hono/zod-openapi';
import { deploymentFind, deploymentHealthy, deploymentShow } from '../app/deployment-show.ts';
import { Deployment, DeploymentParams, deploymentView, etagOf } from './deployment-schema.ts';
import { jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';
import { WaitSeconds } from './wait-seconds.ts';

export const deploymentWaitOperation = operation({
  caller: 'own',
  scope: 'read',
  errors: ['conflict', 'deadline'],
  route: {
    method: 'get',
    path: '/v1/deployments/{deploymentId}/wait',
    operationId: 'deploymentWait',
    tags: ['Deployments'],
    summary: 'Wait until a deployment is healthy',
    description:
      '409: it is held where it is and will not become healthy by itself. 504: not within the timeout. Both say why, with the last lines of the log of what failed.',
    request: { params: DeploymentParams, query: z.strictObject({ for: z.literal('healthy'), timeout: WaitSeconds }) },
    responses: { 200: jsonReply('It is as wished.', Deployment) },
  },
  async handle(c) {
    const scope = ownScope(c);
    const { timeout = 60_000 } = c.req.valid('query');
    const { id } = await deploymentFind(scope, c.req.valid('param').deploymentId);
    const row = await deploymentHealthy(scope, id, timeout);
    c.header('etag', etagOf(row));
    return c.json(deploymentView(await deploymentShow(c.var.deps.system, scope, row)), 200);
  },
});
