import { scopeTransaction, type TenantScope } from '../db/scope.ts';
import {
  type DeploymentRow,
  deploymentByName,
  deploymentInsert,
  deploymentRevise,
  deploymentWish,
  revisionOf,
} from '../db/store/deployment.ts';
import { revisionSame, stackDeployments } from '../db/store/deployment-view.ts';
import { networkInsert, networksOf } from '../db/store/network.ts';
import { type OperationRow, operationInsert } from '../db/store/operation.ts';
import { volumeEnsure } from '../db/store/volume.ts';
import type { DeploymentSpec } from '../domain/deployment-spec.ts';
import { hexIdMint } from '../domain/encoding.ts';
import { BerthError } from '../domain/errors.ts';
import { deploymentSpecRead } from '../policy/deployment-spec.read.ts';
import type { JsonValue } from '../policy/json.ts';
import { networkCreateRead } from '../policy/network.ts';
import { volumeCreateRead } from '../policy/volume.ts';
import { deleteDeadlineMs, rolloutDeadlineMs } from './deployment-deadline.ts';
import { type DeploymentDesk, releaseCheck } from './deployment-release.ts';
import { deploymentReleased } from './deployment-told.ts';
import { placementGroup } from './placement-group.ts';

/** What a stack shall consist of. */
export interface StackSent {
  networks: { name: string; internal: boolean; labels: Record<string, string> }[];
  volumes: { name: string; labels: Record<string, string> }[];
  deployments: { name: string; spec: JsonValue }[];
  /** Deployments of the stack that are not named here go. */
  prune: boolean;
  registryAuth: string | null;
}

export interface StackApplied {
  /** Each with the name of its deployment. */
  operations: { name: string; row: OperationRow }[];
  /** Names of those that were as wished already. */
  unchanged: string[];
}

interface Part {
  name: string;
  spec: DeploymentSpec;
  imageId: string;
  before: DeploymentRow | undefined;
}

/**
 * Makes a stack what is sent: all of its deployments in one transaction, so that it is never half of the old and half of the new wish.
 * All is checked, and every image is there, before anything changes. What is the same already is left alone.
 */
export async function stackApply(desk: DeploymentDesk, scope: TenantScope, stack: string, sent: StackSent): Promise<StackApplied> {
  const networksToCome = sent.networks.map(({ name }) => name);
  const parts: Part[] = [];
  for (const { name, spec: written } of sent.deployments) {
    const before = await deploymentByName(scope, name);
    if (before && before.stack !== stack)
      throw new BerthError(
        'conflict',
        `A deployment named "${name}" exists already, and is none of the stack ${stack}. Choose another name for one of them.`,
      );
    if (before?.state === 'deleting')
      throw new BerthError('conflict', `The deployment "${name}" is being deleted. Try again when it is gone.`);
    parts.push({ name, before, spec: partSpecRead(written, name), imageId: '' });
  }
  portsOnce(parts);
  for (const part of parts) {
    part.imageId = await named(part.name, () =>
      releaseCheck(desk, scope, {
        spec: part.spec,
        deploymentId: part.before?.id ?? null,
        registryAuth: sent.registryAuth,
        networksToCome,
      }),
    );
  }
  await membersEnsure(scope, stack, sent);
  return scopeTransaction(scope, async (tx) => {
    const applied: StackApplied = { operations: [], unchanged: [] };
    for (const part of parts) {
      const row = await partApply(tx, stack, part);
      if (row) applied.operations.push({ name: part.name, row });
      else applied.unchanged.push(part.name);
    }
    if (sent.prune)
      applied.operations.push(
        ...(await surplusDelete(
          tx,
          stack,
          parts.map(({ name }) => name),
        )),
      );
    return applied;
  });
}

function partSpecRead(written: JsonValue, name: string): DeploymentSpec {
  try {
    return deploymentSpecRead(written, name);
  } catch (error) {
    throw inPart(name, error);
  }
}

async function named<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw inPart(name, error);
  }
}

function inPart(name: string, error: unknown): unknown {
  return error instanceof BerthError
    ? new BerthError(error.code, `${name}: ${error.message}`, { cause: error, detail: error.detail })
    : error;
}

function portsOnce(parts: readonly Part[]): void {
  const owners = new Map<string, string>();
  for (const { name, spec } of parts) {
    for (const { published, protocol } of spec.ports) {
      const other = owners.get(`${published}/${protocol}`);
      if (published !== null && other !== undefined)
        throw new BerthError('malformed', `${name} and ${other} publish the same port, ${published}/${protocol}.`);
      owners.set(`${published}/${protocol}`, name);
    }
  }
}

/** Networks and volumes of one stack live together, and carry Compose's labels, which its tools know them by. */
async function membersEnsure(
  scope: TenantScope,
  stack: string,
  { networks, volumes }: Pick<StackSent, 'networks' | 'volumes'>,
): Promise<void> {
  const project = { 'com.docker.compose.project': stack };
  const group = await placementGroup(scope, project);
  const own = await networksOf(scope);
  for (const { name, internal, labels } of networks) {
    const spec = networkCreateRead({ Name: name, Internal: internal, Labels: { ...labels, ...project } });
    if (!own.some((network) => network.state === 'active' && network.name === name))
      await networkInsert(scope, { id: hexIdMint(), groupId: group.id, ...spec });
  }
  for (const { name, labels } of volumes) {
    const spec = volumeCreateRead({ Name: name, Labels: { ...labels, ...project } });
    const id = crypto.randomUUID();
    await volumeEnsure(scope, { id, name, engineName: `berth-${id}`, groupId: group.id, anonymous: false, labels: spec.labels });
  }
}

async function partApply(tx: TenantScope, stack: string, { name, spec, imageId, before }: Part): Promise<OperationRow | null> {
  const deadlineMs = rolloutDeadlineMs(spec);
  const id = crypto.randomUUID();
  if (!before) {
    const row = await deploymentInsert(tx, { name, stack, spec, imageId });
    await deploymentReleased(tx, row);
    return operationInsert(tx, { id, deploymentId: row.id, kind: 'create', version: row.version, deadlineMs });
  }
  const same = before.state === 'active' && before.replicas === spec.replicas && (await revisionSame(tx, before, spec, imageId));
  if (same) return null;
  const revised = await deploymentRevise(tx, before.id, before.version, spec, imageId);
  await deploymentReleased(tx, revised);
  return operationInsert(tx, { id, deploymentId: before.id, kind: 'update', version: revised.version, deadlineMs });
}

async function surplusDelete(tx: TenantScope, stack: string, kept: readonly string[]): Promise<StackApplied['operations']> {
  const operations: StackApplied['operations'] = [];
  for (const row of await stackDeployments(tx, stack)) {
    if (kept.includes(row.name) || row.state === 'deleting') continue;
    const revision = await revisionOf(tx, row.id, row.revision);
    const { version } = await deploymentWish(tx, row.id, null, { state: 'deleting' });
    const deadlineMs = revision ? deleteDeadlineMs(revision.spec) : 0;
    operations.push({
      name: row.name,
      row: await operationInsert(tx, { id: crypto.randomUUID(), deploymentId: row.id, kind: 'delete', version, deadlineMs }),
    });
  }
  return operations;
}
