import { z } from '@hono/zod-openapi';
import { deploymentCreate } from '../app/deployment-create.ts';
import { registryAuthRead } from '../policy/registry-auth.ts';
import { DeploymentName, DeploymentSpec, RegistryAuth } from './deployment-schema.ts';
import { jsonBody, jsonReply } from './fields.ts';
import { IdempotencyHeaders, workId } from './idempotency.ts';
import { operation } from './operation.ts';
import { DeploymentOperation, operationView } from './operation-schema.ts';
import { ownScope } from './own-scope.ts';

export const deploymentCreateOperation = operation({
  caller: 'own',
  scope: 'deploy',
  errors: ['conflict', 'unprocessable', 'not_served', 'unavailable', 'deadline'],
  route: {
    method: 'post',
    path: '/v1/deployments',
    operationId: 'deploymentCreate',
    tags: ['Deployments'],
    summary: 'Wish for a deployment',
    description:
      'Its image is resolved now: among the images of the tenant, else by a pull, which a server that runs as a Worker answers with 501. 422: it cannot run as asked; the detail names the field.',
    request: {
      headers: IdempotencyHeaders.extend(RegistryAuth.shape),
      body: jsonBody(z.strictObject({ name: DeploymentName, spec: DeploymentSpec })),
    },
    responses: { 202: jsonReply('It is written down and will be made so. The operation tells when, or why not.', DeploymentOperation) },
  },
  async handle(c) {
    const { name, spec } = c.req.valid('json');
    const registryAuth = registryAuthRead(c.req.valid('header')['x-registry-auth'] ?? null);
    const row = await deploymentCreate(c.var.deps, ownScope(c), { name, stack: null, spec, registryAuth, operationId: workId(c) });
    return c.json(operationView(row), 202);
  },
});
