import { secretsRead } from '../app/secret.ts';
import { jsonReply, timeText } from './fields.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';
import { PageQuery, pageOf, pageRead } from './page.ts';
import { Secret, secretVersionView } from './secret-schema.ts';

export const secretListOperation = operation({
  caller: 'own',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/secrets',
    operationId: 'secretList',
    tags: ['Secrets'],
    summary: 'List secrets, without their values',
    request: { query: PageQuery },
    responses: { 200: jsonReply('One page.', pageOf(Secret)) },
  },
  async handle(c) {
    const scope = ownScope(c);
    const page = await pageRead(
      'secret',
      c.req.valid('query'),
      (after, limit) => secretsRead(scope, after, limit),
      ({ name, createdAt, versions, usedBy }) => ({
        name,
        createdAt: timeText(createdAt),
        versions: versions.map(secretVersionView),
        usedBy,
      }),
    );
    return c.json(page, 200);
  },
});
