import { z } from '@hono/zod-openapi';
import type { OperationRow } from '../db/store/operation.ts';
import { Id, Time, timeText, timeTextOrNull } from './fields.ts';

export const DeploymentOperation = z
  .object({
    id: Id,
    deploymentId: Id,
    kind: z.enum(['create', 'update', 'scale', 'rollback', 'restart', 'pause', 'resume', 'delete']),
    version: z.number().int().openapi({ description: 'The version of the deployment that it made.' }),
    state: z.enum(['running', 'succeeded', 'failed']),
    reason: z.string().openapi({ description: 'Why it failed.' }),
    deadline: Time.openapi({ description: 'It has ended by then, one way or the other.' }),
    createdAt: Time,
    endedAt: Time.nullable(),
  })
  .openapi('Operation');

export function operationView(row: OperationRow): z.infer<typeof DeploymentOperation> {
  return {
    ...{ id: row.id, deploymentId: row.deploymentId, kind: row.kind, version: row.version, state: row.state, reason: row.reason },
    deadline: timeText(row.deadline),
    createdAt: timeText(row.createdAt),
    endedAt: timeTextOrNull(row.endedAt),
  };
}
