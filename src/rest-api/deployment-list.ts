import { deploymentsRead, deploymentsReady } from '../app/deployment-show.ts';
import { DeploymentSummary, deploymentSummaryView } from './deployment-schema.ts';
import { jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';
import { PageQuery, pageOf, pageRead } from './page.ts';

export const deploymentListOperation = operation({
  caller: 'own',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/deployments',
    operationId: 'deploymentList',
    tags: ['Deployments'],
    summary: 'List deployments',
    request: { query: PageQuery },
    responses: { 200: jsonReply('One page.', pageOf(DeploymentSummary)) },
  },
  async handle(c) {
    const scope = ownScope(c);
    const ready = await deploymentsReady(scope);
    const page = await pageRead(
      'deployment',
      c.req.valid('query'),
      (after, limit) => deploymentsRead(scope, after, limit),
      (row) => deploymentSummaryView(row, ready.get(row.id) ?? 0),
    );
    return c.json(page, 200);
  },
});
