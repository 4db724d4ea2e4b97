import { jobFind } from '../app/job-show.ts';
import { jsonReply } from './fields.ts';
import { Job, JobParams, jobEtagOf, jobView } from './job-schema.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';

export const jobGetOperation = operation({
  caller: 'own',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/jobs/{jobId}',
    operationId: 'jobGet',
    tags: ['Jobs'],
    summary: 'Read a job',
    description: 'Its spec can be sent back as it is. The ETag is for If-Match.',
    request: { params: JobParams },
    responses: { 200: jsonReply('The job.', Job) },
  },
  async handle(c) {
    const row = await jobFind(ownScope(c), c.req.valid('param').jobId);
    c.header('etag', jobEtagOf(row));
    return c.json(jobView(row), 200);
  },
});
