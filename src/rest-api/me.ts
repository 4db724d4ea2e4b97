import { z } from '@hono/zod-openapi';
import { tenantRead } from '../app/tenant-admin.ts';
import { scopes } from '../domain/scopes.ts';
import { callerOf } from './caller.ts';
import { jsonReply } from './fields.ts';
import { operation } from './operation.ts';
import { Tenant, tenantView } from './tenant-schema.ts';

const Me = z
  .object({
    kind: z.enum(['tenant', 'operator']),
    credentialId: z.string(),
    scopes: z.array(z.enum(scopes)),
    deployments: z.array(z.string()).nullable().openapi({ description: 'The only ones it may deploy; null: all.' }),
    tenant: Tenant.nullable().openapi({ description: 'null for an operator.' }),
  })
  .openapi('Me');

export const meOperation = operation({
  caller: 'holder',
  scope: 'any',
  route: {
    method: 'get',
    path: '/v1/me',
    operationId: 'me',
    tags: ['Server'],
    summary: 'Whose credential this is',
    responses: { 200: jsonReply('Who calls.', Me) },
  },
  async handle(c) {
    const principal = callerOf(c);
    const { kind, credentialId, grants } = principal;
    const tenant = principal.kind === 'tenant' ? tenantView(await tenantRead(c.var.deps.system, principal.tenantId)) : null;
    return c.json({ kind, credentialId, scopes: grants.scopes, deployments: grants.deployments, tenant }, 200);
  },
});
