import { z } from '@hono/zod-openapi';
import { deploymentChangeOperation } from './deployment-change.ts';
import { jsonBody } from './fields.ts';

export const deploymentScaleOperation = deploymentChangeOperation({
  verb: 'scale',
  summary: 'Set the number of replicas',
  body: jsonBody(z.strictObject({ replicas: z.number().int().min(0).max(100) })),
  change: ({ replicas }) => ({ kind: 'scale', replicas }),
});
