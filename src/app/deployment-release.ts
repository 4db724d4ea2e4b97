import type { SystemScope, TenantScope } from '../db/scope.ts';
import { edgePortsWanted } from '../db/store/deployment-view.ts';
import { hostList } from '../db/store/host.ts';
import { networksOf } from '../db/store/network.ts';
import { secretsPin } from '../db/store/secret.ts';
import type { ContainerSpec } from '../domain/container-spec.ts';
import type { DeploymentSpec, Placement } from '../domain/deployment-spec.ts';
import { BerthError } from '../domain/errors.ts';
import type { JobSpec } from '../domain/job-spec.ts';
import { constraintsMet } from '../scheduler/filters/constraints.ts';
import { deploymentImage } from './deployment-image.ts';
import type { EngineSide } from './host-admin.ts';
import { builtinNetwork } from './network-find.ts';

/** What the use cases of deployments work with: on a Worker, without engines. */
export interface DeploymentDesk {
  system: SystemScope;
  engines: EngineSide | null;
}

export interface Release {
  spec: DeploymentSpec;
  /** The deployment it is for; null for one that does not exist yet. */
  deploymentId: string | null;
  registryAuth: string | null;
  /** Networks that will be there by the time it runs. */
  networksToCome?: readonly string[];
}

/**
 * Makes sure, as far as can be told now, that a spec can run, and returns the id of its image. Throws `unprocessable` for what cannot be
 * had and `conflict` for a port that somebody else has: at once, in place of a deployment that never becomes ready.
 */
export async function releaseCheck(desk: DeploymentDesk, scope: TenantScope, release: Release): Promise<string> {
  const { spec, deploymentId, ...how } = release;
  await portsCheck(desk.system, spec, deploymentId);
  return runCheck(desk, scope, spec, how);
}

/** The same for what a deployment and a job have in common. */
export async function runCheck(
  desk: DeploymentDesk,
  scope: TenantScope,
  spec: Pick<JobSpec, 'template' | 'secrets' | 'placement'>,
  { registryAuth, networksToCome = [] }: Pick<Release, 'registryAuth' | 'networksToCome'>,
): Promise<string> {
  if (spec.template.isolation === 'dedicated')
    throw new BerthError('refused', 'isolation: hosts cannot be dedicated to one tenant yet. Use shared or sandboxed.');
  await networksCheck(scope, spec.template, networksToCome);
  // Told before an image is pulled for nothing; what is newest is pinned when the spec is written.
  await secretsPin(scope, spec);
  await constraintsCheck(desk.system, spec.placement);
  return (await deploymentImage(desk.engines, scope, spec.template, registryAuth)).id;
}

/** Throws `unprocessable` when a network is not there, and will not be. */
async function networksCheck(scope: TenantScope, template: ContainerSpec, toCome: readonly string[]): Promise<void> {
  if (template.network.mode !== 'networks') return;
  const wanted = template.network.endpoints
    .map(({ network }) => network)
    .filter((name) => name !== builtinNetwork && !toCome.includes(name));
  if (wanted.length === 0) return;
  const own = await networksOf(scope);
  const missing = wanted.find(
    (name) => !own.some((network) => network.state === 'active' && (network.name === name || network.id === name)),
  );
  if (missing !== undefined)
    throw new BerthError(
      'unprocessable',
      `networks: you have no network "${missing}". Make it first, with docker network create ${missing}.`,
    );
}

async function constraintsCheck(system: SystemScope, { constraints }: Placement): Promise<void> {
  if (constraints.length === 0) return;
  const hosts = await hostList(system);
  if (hosts.some((host) => constraintsMet(host, constraints))) return;
  const written = constraints.map(({ label, operator, value }) => `${label}${operator}${value}`).join(', ');
  throw new BerthError(
    'unprocessable',
    `placement.constraints: no host of this fleet meets ${written}. Change them, or ask the operator for such a host.`,
  );
}

async function portsCheck(system: SystemScope, { ports }: DeploymentSpec, deploymentId: string | null): Promise<void> {
  const published = ports.filter(({ published }) => published !== null).map(({ published, protocol }) => `${published}/${protocol}`);
  const [taken] = await edgePortsWanted(system, published, deploymentId);
  if (taken !== undefined)
    throw new BerthError(
      'conflict',
      `ports: ${taken} is already allocated. Publish another one, or leave published out for one that is free.`,
    );
}
