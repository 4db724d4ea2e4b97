import { z } from '@hono/zod-openapi';
import { jobFind, jobRuns } from '../app/job-show.ts';
import { jsonReply } from './fields.ts';
import { JobParams, JobRun, jobRunView } from './job-schema.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';

export const jobRunListOperation = operation({
  caller: 'own',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/jobs/{jobId}/runs',
    operationId: 'jobRunList',
    tags: ['Jobs'],
    summary: 'List the runs of a job',
    request: { params: JobParams },
    responses: { 200: jsonReply('All that are kept, the newest first.', z.object({ items: z.array(JobRun) })) },
  },
  async handle(c) {
    const scope = ownScope(c);
    const runs = await jobRuns(scope, await jobFind(scope, c.req.valid('param').jobId));
    return c.json({ items: runs.map(jobRunView) }, 200);
  },
});
