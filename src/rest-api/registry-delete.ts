import { registryCredentialRemove } from '../app/registry-credential.ts';
import { registryOfAddress } from '../policy/registry-auth.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';
import { RegistryParams } from './registry-schema.ts';

export const registryDeleteOperation = operation({
  caller: 'own',
  scope: 'deploy',
  route: {
    method: 'delete',
    path: '/v1/registries/{registry}',
    operationId: 'registryDelete',
    tags: ['Registries'],
    summary: 'Forget the credential of a registry',
    description: 'Images that were pulled with it stay.',
    request: { params: RegistryParams },
    responses: { 204: { description: 'It is gone.' } },
  },
  async handle(c) {
    const { registry } = c.req.valid('param');
    await registryCredentialRemove(ownScope(c), registryOfAddress(registry) ?? registry);
    return c.body(null, 204);
  },
});
