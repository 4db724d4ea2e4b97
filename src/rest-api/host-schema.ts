import { z } from '@hono/zod-openapi';
import type { HostRow } from '../db/store/host.ts';
import { Id, Time, timeText, timeTextOrNull } from './fields.ts';

export const HostName = z
  .string()
  .regex(/^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,61}[a-zA-Z0-9])?$/, 'must be 1 to 63 letters, digits, dots and dashes')
  .openapi({ example: 'fra-1' });

export const HostLabels = z
  .record(z.string().regex(/^[\w./-]{1,128}$/), z.string().max(256))
  .refine((labels) => Object.keys(labels).length <= 64, 'may be at most 64');

/** `*` is every tenant. */
export const HostTenants = z
  .array(z.union([Id, z.literal('*')]))
  .max(1000)
  .openapi({ description: 'Tenants that it serves although its network walls are not verified; `*` is every tenant.' });

export const HostParams = z.object({ hostId: Id });

export const HostUpkeep = z.enum(['none', 'drain', 'maintenance']);

export const Host = z
  .object({
    id: Id,
    name: HostName,
    url: z.string(),
    labels: HostLabels,
    state: z.enum(['joining', 'ready', 'draining', 'unreachable', 'lost']),
    stateDetail: z.string().openapi({ description: 'Why it is not ready, and what becomes of its replicas.' }),
    cordoned: z.boolean().openapi({ description: 'It gets no new containers.' }),
    upkeep: HostUpkeep,
    memoryBytes: z.number().int(),
    nanoCpus: z.number().int().openapi({ description: 'What may be given away, in billionths of a core: more than there are cores.' }),
    reservedMemoryBytes: z.number().int(),
    reservedNanoCpus: z.number().int(),
    engineVersion: z.string(),
    architecture: z.string(),
    runtimes: z.array(z.string()),
    walls: z
      .enum(['unverified', 'verified', 'failed'])
      .openapi({ description: 'What a probe container found: whether it got through the network walls.' }),
    wallsDetail: z.string().openapi({ description: 'What the probe reached, or why it could not try.' }),
    wallsAt: Time.nullable(),
    tenants: HostTenants,
    seenAt: Time.nullable(),
    createdAt: Time,
  })
  .openapi('Host');

export function hostView(row: HostRow): z.infer<typeof Host> {
  return {
    ...{ id: row.id, name: row.name, url: row.url, labels: row.labels, state: row.state, upkeep: row.upkeep },
    ...{ stateDetail: stateDetail(row), cordoned: row.cordoned },
    ...{ memoryBytes: row.memoryBytes, nanoCpus: row.nanoCpus },
    ...{ reservedMemoryBytes: row.reservedMemoryBytes, reservedNanoCpus: row.reservedNanoCpus },
    ...{ engineVersion: row.engineVersion, architecture: row.architecture, runtimes: row.runtimes },
    ...{ walls: row.walls, wallsDetail: row.wallsDetail, wallsAt: timeTextOrNull(row.wallsAt), tenants: row.tenants },
    seenAt: timeTextOrNull(row.seenAt),
    createdAt: timeText(row.createdAt),
  };
}

function stateDetail({ state, upkeep, seenAt, answeredAt }: HostRow): string {
  const since = seenAt === null ? 'Its engine has never answered' : `Its engine has not answered since ${timeText(seenAt)}`;
  if (state === 'lost') return `${since}, and none of its replicas did: they are made elsewhere.`;
  if (state !== 'unreachable') return '';
  if (upkeep === 'maintenance') return `${since}. It is in maintenance, so nothing is moved.`;
  if (answeredAt === null || (seenAt !== null && answeredAt < seenAt)) return `${since}.`;
  return `${since}. Replicas on it did at ${timeText(answeredAt)}, so nothing is moved: start its engine again, or drain the host.`;
}
