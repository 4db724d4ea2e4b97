import { z } from '@hono/zod-openapi';
import { secretSet } from '../app/secret.ts';
import { BerthError } from '../domain/errors.ts';
import { jsonBody, jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';
import { SecretParams, SecretVersion, secretVersionView } from './secret-schema.ts';

export const secretSetOperation = operation({
  caller: 'own',
  scope: 'deploy',
  errors: ['conflict'],
  route: {
    method: 'put',
    path: '/v1/secrets/{secretName}',
    operationId: 'secretSet',
    tags: ['Secrets'],
    summary: 'Set a secret',
    description:
      'At most 512 KiB. Each time a new version, which no answer ever holds again. Deployments take it with their next revision; until then they keep the one they were released with.',
    request: {
      params: SecretParams,
      body: jsonBody(z.strictObject({ value: z.string(), encoding: z.enum(['utf-8', 'base64']).default('utf-8') })),
    },
    responses: { 200: jsonReply('It is stored, sealed.', SecretVersion) },
  },
  async handle(c) {
    const { value, encoding } = c.req.valid('json');
    const bytes = encoding === 'base64' ? base64Read(value) : new TextEncoder().encode(value);
    const version = await secretSet(c.var.deps.seal, ownScope(c), c.req.valid('param').secretName, bytes);
    return c.json(secretVersionView(version), 200);
  },
});

/** The error of a decoder may quote what it read. */
function base64Read(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  } catch {
    throw new BerthError('malformed', 'value: it is not base64, as encoding says.');
  }
}
