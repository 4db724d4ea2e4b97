import { jobRemove } from '../app/job-change.ts';
import { jobFind } from '../app/job-show.ts';
import { jsonReply } from './fields.ts';
import { Job, JobParams, jobView } from './job-schema.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';

export const jobDeleteOperation = operation({
  caller: 'own',
  scope: 'deploy',
  route: {
    method: 'delete',
    path: '/v1/jobs/{jobId}',
    operationId: 'jobDelete',
    tags: ['Jobs'],
    summary: 'Delete a job',
    description: 'Its runs are ended and removed with their containers; its volumes stay. It reads 404 when nothing is left.',
    request: { params: JobParams },
    responses: { 202: jsonReply('It is being deleted.', Job) },
  },
  async handle(c) {
    const scope = ownScope(c);
    return c.json(jobView(await jobRemove(scope, await jobFind(scope, c.req.valid('param').jobId))), 202);
  },
});
