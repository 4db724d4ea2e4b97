import { z } from '@hono/zod-openapi';
import { stackApply } from '../app/deployment-stack.ts';
import { registryAuthRead } from '../policy/registry-auth.ts';
import { DeploymentName, DeploymentSpec, RegistryAuth } from './deployment-schema.ts';
import { jsonBody, jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { DeploymentOperation, operationView } from './operation-schema.ts';
import { ownScope } from './own-scope.ts';

const StackName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'must be 1 to 40 of a-z, 0-9, _ and -, the first a letter or digit');
const Labels = z.record(z.string().max(1024), z.string().max(65_536)).default({});
const Named = z.string().max(128);

export const deploymentStackApplyOperation = operation({
  caller: 'own',
  scope: 'deploy',
  errors: ['conflict', 'unprocessable', 'not_served', 'unavailable', 'deadline'],
  route: {
    method: 'put',
    path: '/v1/stacks/{stack}',
    operationId: 'stackApply',
    tags: ['Deployments'],
    summary: 'Make a stack what is sent',
    description:
      'A stack is deployments with networks and volumes of their own: what `berth deploy -f compose.yaml` sends. All or nothing; what is as wished already is left alone.',
    request: {
      params: z.object({ stack: StackName }),
      headers: RegistryAuth,
      body: jsonBody(
        z.strictObject({
          networks: z
            .array(z.strictObject({ name: Named, internal: z.boolean().default(false), labels: Labels }))
            .max(64)
            .default([]),
          volumes: z
            .array(z.strictObject({ name: Named, labels: Labels }))
            .max(64)
            .default([]),
          deployments: z.array(z.strictObject({ name: DeploymentName, spec: DeploymentSpec })).max(100),
          prune: z.boolean().default(false).openapi({ description: 'Deployments of the stack that are not sent are deleted.' }),
        }),
      ),
    },
    responses: {
      202: jsonReply(
        'An operation for each deployment that changes.',
        z
          .object({ operations: z.array(DeploymentOperation.extend({ name: z.string() })), unchanged: z.array(z.string()) })
          .openapi('StackApplied'),
      ),
    },
  },
  async handle(c) {
    const registryAuth = registryAuthRead(c.req.valid('header')['x-registry-auth'] ?? null);
    const { operations, unchanged } = await stackApply(c.var.deps, ownScope(c), c.req.valid('param').stack, {
      ...c.req.valid('json'),
      registryAuth,
    });
    return c.json({ operations: operations.map(({ name, row }) => ({ ...operationView(row), name })), unchanged }, 202);
  },
});
