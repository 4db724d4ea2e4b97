import { jobsRead } from '../app/job-show.ts';
import { jsonReply } from './fields.ts';
import { Job, jobView } from './job-schema.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';
import { PageQuery, pageOf, pageRead } from './page.ts';

export const jobListOperation = operation({
  caller: 'own',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/jobs',
    operationId: 'jobList',
    tags: ['Jobs'],
    summary: 'List jobs',
    request: { query: PageQuery },
    responses: { 200: jsonReply('One page.', pageOf(Job)) },
  },
  async handle(c) {
    const scope = ownScope(c);
    const page = await pageRead('job', c.req.valid('query'), (after, limit) => jobsRead(scope, after, limit), jobView);
    return c.json(page, 200);
  },
});
