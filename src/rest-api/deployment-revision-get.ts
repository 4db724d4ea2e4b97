import { z } from '@hono/zod-openapi';
import { deploymentFind, deploymentRevision } from '../app/deployment-show.ts';
import { DeploymentParams, Revision, revisionView } from './deployment-schema.ts';
import { jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';

export const deploymentRevisionGetOperation = operation({
  caller: 'own',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/deployments/{deploymentId}/revisions/{revision}',
    operationId: 'deploymentRevisionGet',
    tags: ['Deployments'],
    summary: 'Read a revision',
    request: {
      params: DeploymentParams.extend({
        revision: z
          .string()
          .regex(/^[1-9]\d{0,5}$/, 'must be the number of a revision')
          .transform(Number),
      }),
    },
    responses: { 200: jsonReply('What it says never changes.', Revision) },
  },
  async handle(c) {
    const scope = ownScope(c);
    const { deploymentId, revision } = c.req.valid('param');
    const row = await deploymentFind(scope, deploymentId);
    return c.json(revisionView(await deploymentRevision(scope, row, revision), row.name), 200);
  },
});
