import { secretRemove } from '../app/secret.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';
import { SecretParams } from './secret-schema.ts';

export const secretDeleteOperation = operation({
  caller: 'own',
  scope: 'deploy',
  errors: ['conflict'],
  route: {
    method: 'delete',
    path: '/v1/secrets/{secretName}',
    operationId: 'secretDelete',
    tags: ['Secrets'],
    summary: 'Delete a secret with all of its versions',
    description: 'Refused while a deployment may run with it. A revision of earlier that used it can be gone back to no more.',
    request: { params: SecretParams },
    responses: { 204: { description: 'It is gone.' } },
  },
  async handle(c) {
    await secretRemove(ownScope(c), c.req.valid('param').secretName);
    return c.body(null, 204);
  },
});
