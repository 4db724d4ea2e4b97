import { z } from '@hono/zod-openapi';
import { Time, timeText } from './fields.ts';

/** The same that a spec may name. */
const SecretName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$/, 'must be 1 to 64 letters, digits, dots, dashes and underscores')
  .openapi({ example: 'database-password' });

export const SecretParams = z.object({ secretName: SecretName });

export const SecretVersion = z.object({ version: z.number().int(), createdAt: Time }).openapi('SecretVersion');

export const Secret = z
  .object({
    name: SecretName,
    createdAt: Time,
    versions: z.array(SecretVersion).openapi({ description: 'The newest first, and of older ones those that a revision pins.' }),
    usedBy: z.array(z.string()).openapi({ description: 'Names of the deployments and jobs that may run with it.' }),
  })
  .openapi('Secret');

export function secretVersionView({ number, createdAt }: { number: number; createdAt: Date }): z.infer<typeof SecretVersion> {
  return { version: number, createdAt: timeText(createdAt) };
}
