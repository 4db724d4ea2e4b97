import { z } from '@hono/zod-openapi';

/** What src/http/problem.ts writes. */
export const Problem = z
  .object({
    type: z.string().openapi({ example: 'urn:berth:problem:not_found' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().openapi({ description: 'What happened, why, and what to do next.' }),
    requestId: z.string().openapi({ description: 'The same as the header X-Request-Id; the operator finds the request by it.' }),
    operatorDetail: z.string().optional().openapi({ description: 'For operators only.' }),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: 'Each field that is wrong.' }),
  })
  .openapi('Problem');
