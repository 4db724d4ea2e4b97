import { z } from '@hono/zod-openapi';

/** Schemas that several operations share, and how their values are written. */

export const Id = z.uuid();

export const TenantParams = z.object({ tenantId: Id });

/** ISO 8601 in UTC. */
export const Time = z.iso.datetime();

export function timeText(time: Date): string {
  return time.toISOString();
}

export function timeTextOrNull(time: Date | null): string | null {
  return time === null ? null : timeText(time);
}

/** What a person calls a credential: shown in lists and logs, so nothing that a terminal would act on. */
export const CredentialName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[^\p{C}]+$/u, 'may hold no control characters')
  // The flag of the expression above would end up in the document.
  .openapi({ example: 'ci', pattern: '^[^\\p{C}]+$' });

export function jsonBody<T extends z.ZodType>(schema: T) {
  return { required: true, content: { 'application/json': { schema } } };
}

export function jsonReply<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { 'application/json': { schema } } };
}
