import { z } from '@hono/zod-openapi';
import { deploymentUpdate } from '../app/deployment-create.ts';
import { deploymentFind } from '../app/deployment-show.ts';
import { registryAuthRead } from '../policy/registry-auth.ts';
import { DeploymentParams, DeploymentSpec, IfMatch, ifMatchRead, RegistryAuth } from './deployment-schema.ts';
import { jsonBody, jsonReply } from './fields.ts';
import { workId } from './idempotency.ts';
import { operation } from './operation.ts';
import { DeploymentOperation, operationView } from './operation-schema.ts';
import { ownScope } from './own-scope.ts';

export const deploymentUpdateOperation = operation({
  caller: 'own',
  scope: 'deploy',
  errors: ['conflict', 'precondition_failed', 'unprocessable', 'not_served', 'unavailable', 'deadline'],
  route: {
    method: 'put',
    path: '/v1/deployments/{deploymentId}',
    operationId: 'deploymentUpdate',
    tags: ['Deployments'],
    summary: 'Make a new revision',
    description: 'Also in the middle of an update: the newest wish counts, and the operation of the older one ends as superseded.',
    request: {
      params: DeploymentParams,
      headers: IfMatch.extend(RegistryAuth.shape),
      body: jsonBody(z.strictObject({ spec: DeploymentSpec })),
    },
    responses: { 202: jsonReply('It is written down and will be made so.', DeploymentOperation) },
  },
  async handle(c) {
    const scope = ownScope(c);
    const headers = c.req.valid('header');
    const deployment = await deploymentFind(scope, c.req.valid('param').deploymentId);
    const row = await deploymentUpdate(c.var.deps, scope, deployment, ifMatchRead(headers['if-match']), {
      spec: c.req.valid('json').spec,
      registryAuth: registryAuthRead(headers['x-registry-auth'] ?? null),
      operationId: workId(c),
    });
    return c.json(operationView(row), 202);
  },
});
