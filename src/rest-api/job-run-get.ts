import { z } from '@hono/zod-openapi';
import { jobFind, jobRunWait } from '../app/job-show.ts';
import { jsonReply } from './fields.ts';
import { JobParams, JobRun, jobRunView } from './job-schema.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';
import { WaitSeconds } from './wait-seconds.ts';

export const jobRunGetOperation = operation({
  caller: 'own',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/jobs/{jobId}/runs/{run}',
    operationId: 'jobRunGet',
    tags: ['Jobs'],
    summary: 'Read or watch a run of a job',
    request: {
      params: JobParams.extend({
        run: z
          .string()
          .regex(/^[1-9]\d{0,8}$/, 'must be the number of a run')
          .transform(Number),
      }),
      query: z.strictObject({ wait: WaitSeconds }),
    },
    responses: { 200: jsonReply('With `wait`: as soon as it has ended, or as it is after so long.', JobRun) },
  },
  async handle(c) {
    const scope = ownScope(c);
    const { jobId, run } = c.req.valid('param');
    const { wait = 0 } = c.req.valid('query');
    return c.json(jobRunView(await jobRunWait(scope, await jobFind(scope, jobId), run, wait)), 200);
  },
});
