import type { ContainerSpec, EndpointSpec, MountSpec } from '../domain/container-spec.ts';
import type { DeploymentSpec, Placement, SecretUse, UpdatePolicy } from '../domain/deployment-spec.ts';
import type { JobSpec } from '../domain/job-spec.ts';
import { bytesText } from './byte-size.ts';
import { durationText } from './duration.ts';
import type { JsonObject, JsonValue } from './json.ts';

/** A spec as `/v1/deployments` takes it: what is read from this is the same spec again. */
export function deploymentSpecWrite(spec: DeploymentSpec, name: string): JsonObject {
  const { placement, restart } = spec;
  return {
    ...templateWrite(spec.template, name),
    replicas: spec.replicas,
    ...filled({
      ports: spec.ports.map(({ published, ...port }) => ({ ...(published !== null && { published }), ...port })),
      secrets: spec.secrets.map(secretWrite),
      placement: filled({ ...placementWrite(placement), maxReplicasPerHost: placement.maxPerHost }),
    }),
    restartPolicy: {
      condition: restart.condition,
      delay: durationText(restart.delayMs),
      ...(restart.maxAttempts !== null && { maxAttempts: restart.maxAttempts }),
    },
    update: updateWrite(spec.update),
    rollback: updateWrite(spec.rollback),
  };
}

/** What a job runs, as `/v1/jobs` takes it. */
export function jobSpecWrite(
  { template, secrets, placement }: Pick<JobSpec, 'template' | 'secrets' | 'placement'>,
  name: string,
): JsonObject {
  return {
    ...templateWrite(template, name),
    ...filled({ secrets: secrets.map(secretWrite), placement: filled(placementWrite(placement)) }),
  };
}

function secretWrite({ secret, as }: SecretUse): JsonObject {
  return { secret, ...('env' in as ? as : { file: as.file, mode: as.mode.toString(8).padStart(4, '0') }) };
}

function placementWrite({ constraints, spread }: Placement): Record<string, JsonValue> {
  return { constraints: constraints.map(({ label, operator, value }) => `${label}${operator}${value}`), spread };
}

function templateWrite(template: ContainerSpec, name: string): JsonObject {
  const { resources, healthcheck, network } = template;
  const { memoryReservationBytes: reserved, nanoCpus } = resources;
  return {
    image: template.image,
    // Off is something else than unsaid: the host's default may be on. An empty command, too, is one.
    ...(template.init !== null && { init: template.init }),
    ...(template.entrypoint !== null && { command: template.entrypoint }),
    ...(template.cmd !== null && { args: template.cmd }),
    ...filled({
      env: Object.fromEntries(template.env.map((entry) => entry.split(/=(.*)/s, 2) as [string, string])),
      labels: template.labels,
      hostname: template.hostname,
      user: template.user,
      groups: template.groupAdd,
      workingDir: template.workingDir,
      tty: template.tty,
      readOnly: template.readonlyRootfs,
      stopSignal: template.stopSignal,
      stopGracePeriod: template.stopTimeoutSeconds === null ? '' : durationText(template.stopTimeoutSeconds * 1000),
      healthcheck: healthcheck && healthcheckWrite(healthcheck),
      isolation: template.isolation === 'default' ? '' : template.isolation,
      volumes: template.mounts.flatMap(volumeWrite),
      tmpfs: template.tmpfs,
      networks:
        network.mode === 'networks'
          ? network.endpoints
              .filter((endpoint) => endpoint.network !== 'bridge' || endpoint.aliases.length > 0)
              .map((endpoint) => networkWrite(endpoint, name))
          : [],
      extraHosts: template.extraHosts,
      dns: template.dns,
      dnsSearch: template.dnsSearch,
      dnsOptions: template.dnsOptions,
      capAdd: template.capAdd,
      capDrop: template.capDrop,
      noNewPrivileges: template.noNewPrivileges,
      sysctls: template.sysctls,
      ulimits: template.ulimits,
      shmSize: bytesText(resources.shmSizeBytes),
    }),
    resources: {
      limits: { memory: bytesText(resources.memoryBytes), ...(nanoCpus > 0 && { cpus: nanoCpus / 1e9 }), pids: resources.pidsLimit },
      ...(reserved > 0 && { reservations: { memory: bytesText(reserved) } }),
    },
  };
}

function healthcheckWrite(check: NonNullable<ContainerSpec['healthcheck']>): JsonObject {
  const duration = (ns: number) => (ns === 0 ? '' : durationText(ns / 1e6));
  return filled({
    test: check.test,
    interval: duration(check.intervalNs),
    timeout: duration(check.timeoutNs),
    startPeriod: duration(check.startPeriodNs),
    startInterval: duration(check.startIntervalNs),
    retries: check.retries,
  });
}

function volumeWrite(mount: MountSpec): JsonObject[] {
  if (mount.type !== 'volume' || mount.source === null) return [];
  const { readOnly, noCopy, subpath } = mount;
  return [{ name: mount.source, target: mount.target, ...filled({ readOnly, noCopy, subpath }) }];
}

function networkWrite({ network, aliases }: EndpointSpec, name: string): JsonObject {
  return { name: network, ...filled({ aliases: aliases.filter((alias) => alias !== name) }) };
}

function updateWrite(policy: UpdatePolicy): JsonObject {
  return {
    parallelism: policy.parallelism,
    order: policy.order,
    delay: durationText(policy.delayMs),
    healthDeadline: durationText(policy.healthDeadlineMs),
    monitor: durationText(policy.monitorMs),
    failureAction: policy.failureAction,
    maxFailureRatio: policy.maxFailureRatio,
  };
}

/** Without what says nothing. */
function filled(object: Record<string, JsonValue>): JsonObject {
  return Object.fromEntries(
    Object.entries(object).filter(
      ([, value]) =>
        value !== null && value !== '' && value !== 0 && value !== false && !(typeof value === 'object' && Object.keys(value).length === 0),
    ),
  );
}
