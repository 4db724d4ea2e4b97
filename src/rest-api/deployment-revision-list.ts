import { z } from '@hono/zod-openapi';
import { deploymentFind, deploymentRevisions } from '../app/deployment-show.ts';
import { DeploymentParams, Revision, revisionView } from './deployment-schema.ts';
import { jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';

export const deploymentRevisionListOperation = operation({
  caller: 'own',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/deployments/{deploymentId}/revisions',
    operationId: 'deploymentRevisionList',
    tags: ['Deployments'],
    summary: 'List the revisions of a deployment',
    request: { params: DeploymentParams },
    responses: { 200: jsonReply('All of them, the newest first.', z.object({ items: z.array(Revision) })) },
  },
  async handle(c) {
    const scope = ownScope(c);
    const row = await deploymentFind(scope, c.req.valid('param').deploymentId);
    const items = await deploymentRevisions(scope, row);
    return c.json({ items: items.map((item) => revisionView(item, row.name)) }, 200);
  },
});
