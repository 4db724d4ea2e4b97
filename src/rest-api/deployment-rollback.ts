import { z } from '@hono/zod-openapi';
import { deploymentChangeOperation } from './deployment-change.ts';
import { jsonBody } from './fields.ts';

export const deploymentRollbackOperation = deploymentChangeOperation({
  verb: 'rollback',
  summary: 'Go back to a revision',
  description:
    'Nothing is pulled: its image was resolved when it was made, and its secrets keep the values of then. The number of replicas stays.',
  body: jsonBody(
    z.strictObject({
      revision: z
        .number()
        .int()
        .min(1)
        .max(1_000_000)
        .optional()
        .openapi({ description: 'Absent: the last one whose replicas were all ready, or the one before.' }),
    }),
  ),
  change: ({ revision = null }) => ({ kind: 'rollback', revision }),
});
