import { z } from '@hono/zod-openapi';
import type { ContainerRecordRow } from '../app/record-read.ts';
import { recordDaysDefault, recordDaysMost } from '../domain/record.ts';
import { Time, timeText, timeTextOrNull } from './fields.ts';

export const RecordParams = z.object({
  containerId: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be the whole id of a container')
    .openapi({ description: 'The id that the container had: 64 hexadecimal digits.' }),
});

export const ContainerRecord = z
  .object({
    containerId: z.string(),
    name: z.string(),
    image: z.string(),
    deployment: z.string().nullable().openapi({ description: 'Name of the deployment that it was a replica of.' }),
    revision: z.number().int().nullable(),
    ...{ createdAt: Time, startedAt: Time.nullable(), finishedAt: Time.nullable(), removedAt: Time },
    exitCode: z.number().int().nullable().openapi({ description: 'null: it was still running when it was removed.' }),
    oomKilled: z.boolean(),
    error: z.string(),
    log: z
      .object({ lines: z.number().int(), truncated: z.boolean() })
      .nullable()
      .openapi({ description: 'null: none could be kept. truncated: the end of a longer one.' }),
  })
  .openapi('ContainerRecord');

export const RecordLog = z
  .object({
    lines: z.array(z.object({ time: z.string(), stream: z.enum(['stdout', 'stderr']), line: z.string() })),
    truncated: z.boolean(),
  })
  .openapi('RecordLog');

export const RecordRetention = z
  .object({
    days: z
      .number()
      .int()
      .min(0)
      .max(recordDaysMost)
      .openapi({ description: `${recordDaysDefault} unless set. 0: no records are made, and those that are there go.` }),
  })
  .openapi('RecordRetention');

export function recordView(row: ContainerRecordRow): z.infer<typeof ContainerRecord> {
  return {
    ...{ containerId: row.engineId, name: row.name, image: row.image, deployment: row.deployment, revision: row.revision },
    ...{ createdAt: timeText(row.createdAt), startedAt: timeTextOrNull(row.startedAt) },
    ...{ finishedAt: timeTextOrNull(row.finishedAt), removedAt: timeText(row.removedAt) },
    ...{ exitCode: row.exitCode, oomKilled: row.oomKilled, error: row.error },
    log: row.logLines === null ? null : { lines: row.logLines, truncated: row.logTruncated },
  };
}
