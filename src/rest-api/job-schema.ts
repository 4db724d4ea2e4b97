import { z } from '@hono/zod-openapi';
import type { JobRow } from '../db/store/job.ts';
import type { JobRunShown } from '../db/store/job-run.ts';
import { jobSpecWrite } from '../policy/deployment-spec.write.ts';
import { durationParse, durationText } from '../policy/duration.ts';
import { jobSpecRows } from '../policy/job-spec.table.ts';
import type { JsonValue } from '../policy/json.ts';
import { Id, Time, timeText, timeTextOrNull } from './fields.ts';
import { specDocument } from './spec-document.ts';

const longestMs = 7 * 24 * 3_600_000;

/** A name of a container follows from it, with the number of the run and eight letters more. */
export const JobName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9_.-]{0,61}[a-z0-9])?$/, 'must be 1 to 63 of a-z, 0-9, _, . and -, the first and last a letter or digit')
  .openapi({ example: 'nightly' });

export const JobParams = z.object({ jobId: z.string().max(64).openapi({ description: 'Its id or its name.' }) });

/** What may be said is told by the policy, field by field: the schema here is the same table. */
const JobSpec = z.custom<JsonValue>((value) => value !== undefined, 'is missing').openapi('JobSpec', specDocument(jobSpecRows));

const Concurrency = z
  .enum(['allow', 'forbid', 'replace'])
  .openapi({ description: 'When a run is due while another one goes on: both, the one that goes on, or the new one.' });

const settings = {
  schedule: z
    .string()
    .max(200)
    .nullable()
    .openapi({ description: 'The five fields of crontab, in UTC. null: it runs only when it is asked to.', example: '30 2 * * mon-fri' }),
  retries: z.number().int().min(0).max(20).openapi({ description: 'How often a run that failed is tried again.' }),
  timeout: z
    .string()
    .max(16)
    .transform((text, context) => {
      const ms = durationParse(text);
      if (ms !== null && ms >= 1_000 && ms <= longestMs) return ms;
      context.addIssue({ code: 'custom', message: 'must be a duration of 1s to 168h, as 10m' });
      return z.NEVER;
    })
    .nullable()
    .openapi({ type: 'string', example: '10m', description: 'An attempt that takes longer has failed. null: without end.' }),
  concurrency: Concurrency,
  keep: z.number().int().min(1).max(50).openapi({ description: 'How many runs that ended are kept, with their containers.' }),
};

/** A whole job, but for its name: what is not said is as written here. */
export const JobWhole = z
  .object({
    schedule: settings.schedule.default(null),
    retries: settings.retries.default(0),
    timeout: settings.timeout.default(null),
    concurrency: settings.concurrency.default('forbid'),
    keep: settings.keep.default(5),
    spec: JobSpec,
  })
  .strict();

/** What is to be another: what is not said stays. */
export const JobPart = z
  .object({ ...settings, spec: JobSpec })
  .partial()
  .strict();

export const Job = z
  .object({
    id: Id,
    name: JobName,
    state: z.enum(['active', 'suspended', 'deleting']),
    schedule: z.string().nullable(),
    nextAt: Time.nullable().openapi({ description: 'When the schedule makes the next run.' }),
    note: z.string().openapi({ description: 'Why the schedule made no run when it last could not.' }),
    retries: z.number().int(),
    timeout: z.string().nullable(),
    concurrency: Concurrency,
    keep: z.number().int(),
    lastRun: z.number().int().openapi({ description: 'The number of the newest run; 0: it never ran.' }),
    image: z.object({ name: z.string(), id: z.string() }),
    spec: JobSpec,
    version: z.number().int().openapi({ description: 'Raised by every change of what it runs and when; the ETag.' }),
    createdAt: Time,
  })
  .openapi('Job');

export const JobRun = z
  .object({
    id: Id,
    number: z.number().int(),
    trigger: z.enum(['schedule', 'request']),
    state: z.enum(['pending', 'running', 'succeeded', 'failed', 'cancelled']),
    attempt: z.number().int().openapi({ description: 'From 1.' }),
    exitCode: z.number().int().nullable(),
    reason: z.string().openapi({ description: 'Why it, or the attempt before, did not succeed.' }),
    log: z.string().openapi({ description: 'The last lines of the attempt that ended last.' }),
    containerId: z.string().nullable().openapi({ description: 'As the Docker endpoint knows it.' }),
    createdAt: Time,
    startedAt: Time.nullable().openapi({ description: 'Of the present attempt.' }),
    endedAt: Time.nullable(),
  })
  .openapi('JobRun');

export function jobView(row: JobRow): z.infer<typeof Job> {
  const { template, secrets, placement, timeoutMs, ...settings } = row.spec;
  return {
    ...{ id: row.id, name: row.name, state: row.state, nextAt: timeTextOrNull(row.nextAt), note: row.note, lastRun: row.lastRun },
    ...settings,
    timeout: timeoutMs === null ? null : durationText(timeoutMs),
    image: { name: template.image, id: row.imageId },
    spec: jobSpecWrite({ template, secrets, placement }, row.name),
    version: row.specVersion,
    createdAt: timeText(row.createdAt),
  };
}

export function jobEtagOf({ specVersion }: Pick<JobRow, 'specVersion'>): string {
  return `"${specVersion}"`;
}

export function jobRunView(run: JobRunShown): z.infer<typeof JobRun> {
  const { id, number, trigger, state, attempt, exitCode, reason, log, engineId } = run;
  return {
    ...{ id, number, trigger, state, attempt, exitCode, reason, log, containerId: engineId },
    ...{ createdAt: timeText(run.createdAt), startedAt: timeTextOrNull(run.startedAt), endedAt: timeTextOrNull(run.endedAt) },
  };
}
