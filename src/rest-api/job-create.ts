import { jobCreate } from '../app/job-create.ts';
import { registryAuthRead } from '../policy/registry-auth.ts';
import { RegistryAuth } from './deployment-schema.ts';
import { jsonBody, jsonReply } from './fields.ts';
import { IdempotencyHeaders, workId } from './idempotency.ts';
import { Job, JobName, JobWhole, jobView } from './job-schema.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';

export const jobCreateOperation = operation({
  caller: 'own',
  scope: 'deploy',
  errors: ['conflict', 'unprocessable', 'not_served', 'unavailable', 'deadline'],
  route: {
    method: 'post',
    path: '/v1/jobs',
    operationId: 'jobCreate',
    tags: ['Jobs'],
    summary: 'Make a job',
    description:
      'Its image and the versions of its secrets are resolved now, once for all of its runs. Without a schedule it runs when it is asked to.',
    request: {
      headers: IdempotencyHeaders.extend(RegistryAuth.shape),
      body: jsonBody(JobWhole.extend({ name: JobName })),
    },
    responses: { 201: jsonReply('It is written down.', Job) },
  },
  async handle(c) {
    const { timeout, ...sent } = c.req.valid('json');
    const registryAuth = registryAuthRead(c.req.valid('header')['x-registry-auth'] ?? null);
    const row = await jobCreate(c.var.deps, ownScope(c), { ...sent, timeoutMs: timeout, registryAuth, id: workId(c) });
    return c.json(jobView(row), 201);
  },
});
