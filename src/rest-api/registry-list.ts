import { registryCredentials } from '../app/registry-credential.ts';
import { jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';
import { PageQuery, pageOf, pageRead } from './page.ts';
import { Registry, registryView } from './registry-schema.ts';

export const registryListOperation = operation({
  caller: 'own',
  scope: 'read',
  route: {
    method: 'get',
    path: '/v1/registries',
    operationId: 'registryList',
    tags: ['Registries'],
    summary: 'List the registries whose credentials are kept, without these',
    request: { query: PageQuery },
    responses: { 200: jsonReply('One page.', pageOf(Registry)) },
  },
  async handle(c) {
    const scope = ownScope(c);
    const page = await pageRead(
      'registry',
      c.req.valid('query'),
      async (after, limit) => (await registryCredentials(scope, after, limit)).map((row) => ({ ...row, id: row.registry })),
      (row) => registryView(row),
      /^[\w.:[\]-]{1,262}$/,
    );
    return c.json(page, 200);
  },
});
