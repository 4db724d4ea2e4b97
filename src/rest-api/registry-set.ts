import { z } from '@hono/zod-openapi';
import { registryCredentialKeep } from '../app/registry-credential.ts';
import { registryOfAddress } from '../policy/registry-auth.ts';
import { jsonBody, jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';
import { Registry, RegistryParams, registryView } from './registry-schema.ts';

const Credential = z.union([
  z.strictObject({ username: z.string().min(1).max(256), password: z.string().min(1).max(65_536) }),
  z.strictObject({ identityToken: z.string().min(1).max(65_536) }),
]);

export const registrySetOperation = operation({
  caller: 'own',
  scope: 'deploy',
  errors: ['conflict'],
  route: {
    method: 'put',
    path: '/v1/registries/{registry}',
    operationId: 'registrySet',
    tags: ['Registries'],
    summary: 'Keep the credential of a registry',
    description:
      'A user and a password, or a refresh token. Shown to that registry, and to nobody else, whenever something is pulled or pushed for this tenant without a credential of its own: by deployments, jobs and builds, and by clients that are not logged in. No answer ever holds it.',
    request: { params: RegistryParams, body: jsonBody(Credential) },
    responses: { 200: jsonReply('It is stored, sealed.', Registry) },
  },
  async handle(c) {
    const { registry: written } = c.req.valid('param');
    const given = { username: '', password: '', identityToken: '', ...c.req.valid('json') };
    const kept = await registryCredentialKeep(c.var.deps.seal, ownScope(c), registryOfAddress(written) ?? written, given);
    return c.json(registryView(kept), 200);
  },
});
