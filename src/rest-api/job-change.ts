import type { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { jobChange } from '../app/job-change.ts';
import { jobFind } from '../app/job-show.ts';
import { registryAuthRead } from '../policy/registry-auth.ts';
import { IfMatch, ifMatchRead, RegistryAuth } from './deployment-schema.ts';
import { jsonBody, jsonReply } from './fields.ts';
import { Job, JobParams, JobPart, JobWhole, jobEtagOf, jobView } from './job-schema.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';
import type { RestEnv } from './rest-env.ts';

const headers = IfMatch.extend(RegistryAuth.shape);
const errors = ['conflict', 'precondition_failed', 'unprocessable', 'not_served', 'unavailable', 'deadline'] as const;
const responses = { 200: jsonReply('The job as it is now.', Job) };
const kept = 'Runs that were made before keep what they were made with.';

export const jobReplaceOperation = operation({
  caller: 'own',
  scope: 'deploy',
  errors,
  route: {
    method: 'put',
    path: '/v1/jobs/{jobId}',
    operationId: 'jobReplace',
    tags: ['Jobs'],
    summary: 'Replace a job',
    description: `What is not said is as for a new one. Its image and the versions of its secrets are resolved anew. ${kept}`,
    request: { params: JobParams, headers, body: jsonBody(JobWhole) },
    responses,
  },
  async handle(c) {
    return c.json(await changed(c, c.req.valid('param').jobId, c.req.valid('header'), c.req.valid('json')), 200);
  },
});

export const jobChangeOperation = operation({
  caller: 'own',
  scope: 'deploy',
  errors,
  route: {
    method: 'patch',
    path: '/v1/jobs/{jobId}',
    operationId: 'jobChange',
    tags: ['Jobs'],
    summary: 'Change a job',
    description: `What is not said stays. A spec is sent whole; with one, its image and the versions of its secrets are resolved anew. ${kept}`,
    request: { params: JobParams, headers, body: jsonBody(JobPart) },
    responses,
  },
  async handle(c) {
    return c.json(await changed(c, c.req.valid('param').jobId, c.req.valid('header'), c.req.valid('json')), 200);
  },
});

async function changed(
  c: Context<RestEnv>,
  reference: string,
  sent: z.output<typeof headers>,
  { timeout, ...said }: z.output<typeof JobPart>,
): Promise<z.infer<typeof Job>> {
  const scope = ownScope(c);
  const change = {
    ...said,
    ...(timeout !== undefined && { timeoutMs: timeout }),
    registryAuth: registryAuthRead(sent['x-registry-auth'] ?? null),
  };
  const row = await jobChange(c.var.deps, scope, await jobFind(scope, reference), ifMatchRead(sent['if-match']), change);
  c.header('etag', jobEtagOf(row));
  return jobView(row);
}
