import { z } from '@hono/zod-openapi';
import { durationParse } from '../policy/duration.ts';

const longestMs = 600_000;

/** How long a request may wait: `30s`, `2m`, at most ten minutes. Read as milliseconds. */
export const WaitSeconds = z
  .string()
  .max(16)
  .transform((text, context) => {
    const ms = durationParse(text);
    if (ms !== null && ms <= longestMs) return ms;
    context.addIssue({ code: 'custom', message: 'must be a duration of at most 10m, as 30s' });
    return z.NEVER;
  })
  .optional()
  .openapi({ type: 'string', example: '30s' });
