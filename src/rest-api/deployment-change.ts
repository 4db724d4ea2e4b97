import type { RouteConfig } from '@hono/zod-openapi';
import type { ZodType } from 'zod';
import { type Change, deploymentChange } from '../app/deployment-change.ts';
import { deploymentFind } from '../app/deployment-show.ts';
import { ChangeHeaders, DeploymentParams, ifMatchRead } from './deployment-schema.ts';
import { jsonReply } from './fields.ts';
import { workId } from './idempotency.ts';
import { type Operation, operation } from './operation.ts';
import { DeploymentOperation, operationView } from './operation-schema.ts';
import { ownScope } from './own-scope.ts';

interface JsonBody<Body> {
  required: boolean;
  content: { 'application/json': { schema: ZodType<Body> } };
}

/** The operation of one verb that changes a wish without a new revision: they differ in what they are told. */
export function deploymentChangeOperation<Body = undefined>(definition: {
  verb: Change['kind'];
  summary: string;
  description?: string;
  body?: JsonBody<Body>;
  change(body: Body): Change;
}): Operation {
  const { verb, summary, description, body, change } = definition;
  const route = {
    method: 'post',
    path: `/v1/deployments/{deploymentId}/${verb}`,
    operationId: `deployment${verb[0]?.toUpperCase()}${verb.slice(1)}`,
    tags: ['Deployments'],
    ...{ summary, description },
    request: { params: DeploymentParams, headers: ChangeHeaders, ...(body && { body }) },
    responses: { 202: jsonReply('It is written down and will be made so.', DeploymentOperation) },
  } as const satisfies RouteConfig;
  return operation({
    caller: 'own',
    scope: 'deploy',
    errors: ['conflict', 'precondition_failed', 'unprocessable'],
    route,
    async handle(c) {
      const scope = ownScope(c);
      const { 'if-match': ifMatch } = c.req.valid('header');
      const deployment = await deploymentFind(scope, c.req.valid('param').deploymentId);
      const asked = body ? (c.req.valid('json' as never) as Body) : (undefined as Body);
      const row = await deploymentChange(scope, deployment, ifMatchRead(ifMatch), change(asked), workId(c));
      return c.json(operationView(row), 202);
    },
  });
}
