import { jobRunNow } from '../app/job-change.ts';
import { jobFind } from '../app/job-show.ts';
import { jsonReply } from './fields.ts';
import { IdempotencyHeaders, workId } from './idempotency.ts';
import { JobParams, JobRun, jobRunView } from './job-schema.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';

export const jobRunOperation = operation({
  caller: 'own',
  scope: 'deploy',
  errors: ['conflict'],
  route: {
    method: 'post',
    path: '/v1/jobs/{jobId}/run',
    operationId: 'jobRun',
    tags: ['Jobs'],
    summary: 'Run a job now',
    description: 'Also while its schedule is suspended. 409: another run goes on, and the concurrency of the job is forbid.',
    request: { params: JobParams, headers: IdempotencyHeaders },
    responses: { 201: jsonReply('The run, which is yet to begin.', JobRun) },
  },
  async handle(c) {
    const scope = ownScope(c);
    const run = await jobRunNow(scope, await jobFind(scope, c.req.valid('param').jobId), workId(c));
    return c.json(jobRunView(run), 201);
  },
});
