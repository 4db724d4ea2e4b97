import { z } from '@hono/zod-openapi';
import { recordsRead } from '../app/record-read.ts';
import { jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';
import { PageQuery, pageOf, pageRead } from './page.ts';
import { ContainerRecord, recordView } from './record-schema.ts';

/** When it was removed, in milliseconds, and the row's id. */
const place = /^(\d{1,15})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export const recordListOperation = operation({
  caller: 'own',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/records',
    operationId: 'recordList',
    tags: ['Records'],
    summary: 'List containers that are gone',
    description: 'The newest first, each with its last state. A container that never ran leaves no record.',
    request: { query: PageQuery.extend({ deployment: z.string().max(63).optional(), name: z.string().max(200).optional() }) },
    responses: { 200: jsonReply('One page.', pageOf(ContainerRecord)) },
  },
  async handle(c) {
    const { deployment, name, ...query } = c.req.valid('query');
    const scope = ownScope(c);
    const page = await pageRead(
      'record',
      query,
      async (after, limit) =>
        (await recordsRead(scope, { deployment, name }, placeRead(after), limit)).map((row) => ({
          ...row,
          id: `${row.removedAt.getTime()}.${row.id}`,
        })),
      recordView,
      place,
    );
    return c.json(page, 200);
  },
});

function placeRead(text: string | null): { removedAt: Date; id: string } | null {
  const [, ms = '', id = ''] = (text !== null && place.exec(text)) || [];
  return id === '' ? null : { removedAt: new Date(Number(ms)), id };
}
