import { jobResume, jobSuspend } from '../app/job-change.ts';
import { jobFind } from '../app/job-show.ts';
import { jsonReply } from './fields.ts';
import { IdempotencyHeaders } from './idempotency.ts';
import { Job, JobParams, jobView } from './job-schema.ts';
import { type Operation, operation } from './operation.ts';
import { ownScope } from './own-scope.ts';

function scheduleOperation(verb: 'suspend' | 'resume', words: { summary: string; description: string }): Operation {
  return operation({
    caller: 'own',
    scope: 'deploy',
    route: {
      method: 'post',
      path: `/v1/jobs/{jobId}/${verb}`,
      operationId: verb === 'suspend' ? 'jobSuspend' : 'jobResume',
      tags: ['Jobs'],
      ...words,
      request: { params: JobParams, headers: IdempotencyHeaders },
      responses: { 200: jsonReply('The job as it is now.', Job) },
    },
    async handle(c) {
      const scope = ownScope(c);
      const change = verb === 'suspend' ? jobSuspend : jobResume;
      return c.json(jobView(await change(scope, await jobFind(scope, c.req.valid('param').jobId))), 200);
    },
  });
}

export const jobSuspendOperation = scheduleOperation('suspend', {
  summary: 'Suspend the schedule of a job',
  description: 'What runs goes on.',
});

export const jobResumeOperation = scheduleOperation('resume', {
  summary: 'Go on with the schedule of a job',
  description: 'From its next moment on: what was due meanwhile is not made up for.',
});
