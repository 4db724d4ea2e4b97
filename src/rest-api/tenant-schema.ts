import { z } from '@hono/zod-openapi';
import type { TenantRow } from '../db/store/tenant.ts';
import { Id, Time, timeText } from './fields.ts';

export const TenantName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be 1 to 63 of a-z, 0-9 and -, with no - at an end')
  .openapi({ example: 'acme' });

const cpus = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const many = z.number().int().min(0).max(1_000_000);

export const Quota = z
  .object({
    ...{ containers: many, volumes: many, images: many },
    ports: many.openapi({ description: 'Published on the edge.' }),
    memoryBytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).openapi({ description: 'Of running containers together.' }),
    nanoCpus: cpus.nullable().openapi({
      description:
        'Of running containers together, in billionths of a cpu; null: no quota. With one, a container that is made without a limit of its own gets one of a cpu at most.',
    }),
    pids: many.openapi({ description: 'Processes and threads of running containers together, by their limits.' }),
    diskBytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).openapi({
      description:
        'Of images, and of containers and volumes as their hosts measured them within the last minutes. Who has more makes and fetches no more.',
    }),
    streams: many.openapi({ description: 'Calls of the Docker endpoint that are open at once, on each server.' }),
    requestsPerSecond: z.number().int().min(1).max(1_000_000).openapi({ description: 'On each server; twice as many may come together.' }),
  })
  .openapi('Quota');

export const Usage = Quota.omit({ streams: true, requestsPerSecond: true }).extend({ nanoCpus: cpus }).openapi('Usage');

export const Tenant = z
  .object({
    id: Id,
    name: TenantName,
    state: z
      .enum(['active', 'deleting'])
      .openapi({ description: 'deleting: its credentials are worth nothing, what it has is being removed.' }),
    quota: Quota,
    createdAt: Time,
  })
  .openapi('Tenant');

export function tenantView(row: TenantRow): z.infer<typeof Tenant> {
  return { id: row.id, name: row.name, state: row.state, quota: row.quota, createdAt: timeText(row.createdAt) };
}
