import { z } from '@hono/zod-openapi';
import { auditRead } from '../app/audit.ts';
import type { AuditRow } from '../db/store/audit.ts';
import { auditOutcomes } from '../domain/audit.ts';
import { BerthError } from '../domain/errors.ts';
import { callerOf } from './caller.ts';
import { Id, jsonReply, Time, timeText, timeTextOrNull } from './fields.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';
import { PageQuery, pageOf, pageRead } from './page.ts';

const AuditLine = z
  .object({
    id: z.string(),
    tenantId: Id.nullable().openapi({ description: 'null: a line of the operators.' }),
    at: Time,
    actorKind: z.enum(['tenant', 'operator', 'stranger']),
    actor: z
      .string()
      .nullable()
      .openapi({ description: 'Id of the credential, or serial of the certificate. A tenant is not told which operator it was.' }),
    address: z.string().nullable(),
    action: z.string().openapi({ example: 'POST /containers/:id/start' }),
    target: z.object({ kind: z.string().nullable(), id: z.string().nullable(), name: z.string().nullable() }),
    outcome: z.enum(auditOutcomes),
    code: z.string().nullable().openapi({ description: 'Why not.' }),
    count: z.number().int().openapi({
      description: 'Refusals of one kind are counted by the minute: the first has a line of its own, those after it share one.',
    }),
    since: Time.nullable(),
  })
  .openapi('AuditLine');

export const auditListOperation = operation({
  caller: 'holder',
  scope: 'admin',
  route: {
    method: 'get',
    path: '/v1/audit',
    operationId: 'auditList',
    tags: ['Audit'],
    summary: 'What was changed, and what was refused',
    description: "The newest first; a line is there within a second of its call. A tenant reads its own, an operator everybody's.",
    request: {
      query: PageQuery.extend({
        action: z.string().max(200).optional().openapi({ example: 'POST /containers/create' }),
        outcome: z.enum(auditOutcomes).optional(),
        tenant: Id.optional().openapi({ description: 'For operators: the lines of one tenant.' }),
      }),
    },
    responses: { 200: jsonReply('One page.', pageOf(AuditLine)) },
  },
  async handle(c) {
    const { action, outcome, tenant, ...query } = c.req.valid('query');
    const principal = callerOf(c);
    if (principal.kind === 'tenant' && tenant !== undefined && tenant !== principal.tenantId)
      throw new BerthError('not_found', 'There is no such tenant.');
    const reader =
      principal.kind === 'tenant'
        ? { kind: principal.kind, scope: ownScope(c) }
        : { kind: principal.kind, system: c.var.deps.system, tenantId: tenant ?? null };
    const page = await pageRead(
      'audit',
      query,
      (before, limit) => auditRead(reader, { action, outcome }, before, limit),
      (row) => auditView(row, principal.kind === 'operator'),
      /^[1-9]\d{0,17}$/,
    );
    return c.json(page, 200);
  },
});

function auditView(row: AuditRow, whole: boolean): z.infer<typeof AuditLine> {
  const shown = whole || row.actorKind !== 'operator';
  return {
    ...{ id: row.id, tenantId: row.tenantId, at: timeText(row.at), actorKind: row.actorKind },
    ...{ actor: shown ? row.actor : null, address: shown ? row.address : null },
    action: row.action,
    target: { kind: row.targetKind, id: row.targetId, name: row.targetName },
    ...{ outcome: row.outcome, code: row.code, count: row.count, since: timeTextOrNull(row.since) },
  };
}
