import { z } from '@hono/zod-openapi';
import type { DeploymentShown } from '../app/deployment-show.ts';
import type { DeploymentRow, RevisionRow } from '../db/store/deployment.ts';
import type { ReplicaShown } from '../db/store/deployment-view.ts';
import { BerthError } from '../domain/errors.ts';
import { deploymentSpecRows } from '../policy/deployment-spec.table.ts';
import { deploymentSpecWrite } from '../policy/deployment-spec.write.ts';
import type { JsonValue } from '../policy/json.ts';
import { Id, Time, timeText } from './fields.ts';
import { IdempotencyHeaders } from './idempotency.ts';
import { specDocument } from './spec-document.ts';

export const DeploymentName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9_.-]{0,61}[a-z0-9])?$/, 'must be 1 to 63 of a-z, 0-9, _, . and -, the first and last a letter or digit')
  .openapi({ example: 'web' });

/** What may be said is told by the policy, field by field: the schema here is the same table. */
export const DeploymentSpec = z
  .custom<JsonValue>((value) => value !== undefined, 'is missing')
  .openapi('DeploymentSpec', specDocument(deploymentSpecRows));

export const DeploymentParams = z.object({ deploymentId: z.string().max(64).openapi({ description: 'Its id or its name.' }) });

export const IfMatch = z.object({
  'if-match': z
    .string()
    .max(64)
    .optional()
    .openapi({ description: 'The ETag that the change is based on: 412 when it is not the present one. Absent: whatever it is.' }),
});

/** For requests that may have to pull an image. */
export const RegistryAuth = z.object({
  'x-registry-auth': z
    .string()
    .max(65_536)
    .optional()
    .openapi({ description: 'The credential of the registry, as the Docker API encodes it.' }),
});

export const ChangeHeaders = IfMatch.extend(IdempotencyHeaders.shape);

/** The version that a header names; null for none, or for any. Throws `malformed`. */
export function ifMatchRead(header: string | undefined): number | null {
  if (header === undefined || header === '*') return null;
  const [, version] = /^"(\d{1,9})"$/.exec(header) ?? [];
  if (version === undefined) throw new BerthError('malformed', 'If-Match must be the ETag that the change is based on, as "3".');
  return Number(version);
}

export function etagOf({ version }: Pick<DeploymentRow, 'version'>): string {
  return `"${version}"`;
}

export const DeploymentSummary = z
  .object({
    id: Id,
    name: DeploymentName,
    stack: z.string().nullable(),
    state: z.enum(['active', 'paused', 'deleting']),
    phase: z
      .enum(['progressing', 'ready', 'degraded', 'gone'])
      .openapi({ description: 'ready: as wished. degraded: as wished is not possible now.' }),
    reason: z.string().openapi({ description: 'Why it is not ready.' }),
    replicas: z.number().int().openapi({ description: 'How many are wished for.' }),
    ready: z.number().int().openapi({ description: 'How many serve.' }),
    revision: z.number().int(),
    stableRevision: z.number().int().nullable().openapi({ description: 'The last one whose replicas were all ready.' }),
    version: z.number().int().openapi({ description: 'Raised by every change of the wish; the ETag.' }),
    createdAt: Time,
  })
  .openapi('DeploymentSummary');

const Replica = z
  .object({
    containerId: z.string().nullable().openapi({ description: 'As the Docker endpoint knows it; null until it is made.' }),
    name: z.string(),
    slot: z.number().int(),
    revision: z.number().int(),
    phase: z.enum(['starting', 'ready', 'failed', 'finished', 'draining', 'removing']),
    since: Time,
  })
  .openapi('Replica');

export const Deployment = DeploymentSummary.extend({
  failureLog: z.string().openapi({ description: 'The last lines of the log of the replica that failed last.' }),
  image: z.object({ name: z.string(), id: z.string() }),
  spec: DeploymentSpec,
  containers: z.array(Replica),
}).openapi('Deployment');

export const Revision = z
  .object({ number: z.number().int(), image: z.object({ name: z.string(), id: z.string() }), createdAt: Time, spec: DeploymentSpec })
  .openapi('Revision');

export function deploymentSummaryView(row: DeploymentRow, ready: number): z.infer<typeof DeploymentSummary> {
  return {
    ...{ id: row.id, name: row.name, stack: row.stack, state: row.state, phase: row.phase, reason: row.reason },
    ...{ replicas: row.replicas, ready, revision: row.revision, stableRevision: row.stableRevision, version: row.version },
    createdAt: timeText(row.createdAt),
  };
}

export function deploymentView({ row, revision, replicas }: DeploymentShown): z.infer<typeof Deployment> {
  return {
    ...deploymentSummaryView(row, replicas.filter(({ phase }) => phase === 'ready').length),
    failureLog: row.failureLog,
    image: { name: revision.spec.template.image, id: revision.imageId },
    spec: { ...deploymentSpecWrite(revision.spec, row.name), replicas: row.replicas },
    containers: replicas.map(replicaView),
  };
}

function replicaView({ engineId, since, ...rest }: ReplicaShown): z.infer<typeof Replica> {
  return { containerId: engineId, ...rest, since: timeText(since) };
}

export function revisionView(row: RevisionRow, name: string): z.infer<typeof Revision> {
  const { number, spec, imageId, createdAt } = row;
  return {
    number,
    image: { name: spec.template.image, id: imageId },
    createdAt: timeText(createdAt),
    spec: deploymentSpecWrite(spec, name),
  };
}
