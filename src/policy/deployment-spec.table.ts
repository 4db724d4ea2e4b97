import { type FieldRow, fieldTable } from './field-table.ts';

/** A field of a deployment's spec, where it lies in Swarm's ServiceSpec, and where in the create request its container is read from. */
export interface SpecRow extends FieldRow {
  /** Below ServiceSpec; null: Swarm has no such thing. */
  swarm: string | null;
  /** In `POST /containers/create`, whose policy reads it; null: the deployment's own. */
  create: string | null;
}

const container = 'TaskTemplate.ContainerSpec';

/**
 * Every field of a deployment's spec. The reader obeys it and docs/deployments.md is made from it. What reaches a container goes
 * through the policy of `POST /containers/create` as well, so a deployment has no power that `docker run` has not.
 */
export const deploymentSpecRows: readonly SpecRow[] = [
  row('image', 'served', 'resolved to its digest once, when the revision is made', `${container}.Image`, 'Image'),
  row('command', 'capped', "replaces the image's entrypoint", `${container}.Command`, 'Entrypoint'),
  row('args', 'capped', "replaces the image's command", `${container}.Args`, 'Cmd'),
  row('env', 'capped', 'names and values; both are text', `${container}.Env`, 'Env'),
  row('labels', 'capped', 'of the containers; io.berth.* are dropped', `${container}.Labels`, 'Labels'),
  row('hostname', 'capped', 'letters, digits, dots, dashes', `${container}.Hostname`, 'Hostname'),
  row('user', 'capped', 'a name or a number, and a group after a colon', `${container}.User`, 'User'),
  row('groups', 'capped', 'names and numbers', `${container}.Groups`, 'HostConfig.GroupAdd'),
  row('workingDir', 'capped', 'an absolute path', `${container}.Dir`, 'WorkingDir'),
  row('tty', 'served', 'as asked', `${container}.TTY`, 'Tty'),
  row('readOnly', 'served', 'of the root filesystem', `${container}.ReadOnly`, 'HostConfig.ReadonlyRootfs'),
  row('init', 'served', 'as asked', `${container}.Init`, 'HostConfig.Init'),
  row('stopSignal', 'served', 'a signal name or number', `${container}.StopSignal`, 'StopSignal'),
  row(
    'stopGracePeriod',
    'capped',
    'from the stop signal to the kill; whole seconds, 10s unless given',
    `${container}.StopGracePeriod`,
    'StopTimeout',
  ),

  row('healthcheck', 'capped', 'read field by field', `${container}.HealthCheck`, 'Healthcheck'),
  row(
    'healthcheck.test',
    'served',
    'a shell command as one text, or a list that begins with CMD, CMD-SHELL or NONE',
    `${container}.HealthCheck.Test`,
    'Healthcheck.Test',
  ),
  row('healthcheck.interval', 'capped', '500ms to 24h', `${container}.HealthCheck.Interval`, 'Healthcheck.Interval'),
  row('healthcheck.timeout', 'capped', 'up to 1h', `${container}.HealthCheck.Timeout`, 'Healthcheck.Timeout'),
  row('healthcheck.startPeriod', 'capped', 'up to 24h', `${container}.HealthCheck.StartPeriod`, 'Healthcheck.StartPeriod'),
  row('healthcheck.startInterval', 'capped', '500ms to 24h', `${container}.HealthCheck.StartInterval`, 'Healthcheck.StartInterval'),
  row('healthcheck.retries', 'capped', 'up to 1000', `${container}.HealthCheck.Retries`, 'Healthcheck.Retries'),

  row('resources', 'served', 'read field by field', 'TaskTemplate.Resources', null),
  row('resources.limits', 'served', 'read field by field', 'TaskTemplate.Resources.Limits', null),
  row(
    'resources.limits.memory',
    'capped',
    '512m unless given; 6m to 256g',
    'TaskTemplate.Resources.Limits.MemoryBytes',
    'HostConfig.Memory',
  ),
  row('resources.limits.cpus', 'capped', 'cores, 0.01 to 128', 'TaskTemplate.Resources.Limits.NanoCPUs', 'HostConfig.NanoCpus'),
  row(
    'resources.limits.pids',
    'capped',
    'processes and threads; 512 unless given',
    'TaskTemplate.Resources.Limits.Pids',
    'HostConfig.PidsLimit',
  ),
  row('resources.reservations', 'served', 'read field by field', 'TaskTemplate.Resources.Reservations', null),
  row(
    'resources.reservations.memory',
    'capped',
    'what a host must have free for it; at most the limit',
    'TaskTemplate.Resources.Reservations.MemoryBytes',
    'HostConfig.MemoryReservation',
  ),
  row('resources.reservations.cpus', 'refused', 'a host holds as much as limits.cpus says', null, null),

  row('replicas', 'capped', '0 to 100; 1 unless given', 'Mode.Replicated.Replicas', null),
  row('isolation', 'capped', 'shared, sandboxed or dedicated', `${container}.Isolation`, 'HostConfig.Isolation'),

  row('ports', 'capped', 'of the edge, at most 256', 'EndpointSpec.Ports', null),
  row('ports[].target', 'capped', 'of the container', 'EndpointSpec.Ports[].TargetPort', null),
  row('ports[].published', 'capped', 'of the edge; without it, one that is free', 'EndpointSpec.Ports[].PublishedPort', null),
  row('ports[].protocol', 'capped', 'tcp or udp; tcp unless given', 'EndpointSpec.Ports[].Protocol', null),
  row('ports[].proxyProtocol', 'served', 'the edge says first who connects: PROXY protocol 2, on tcp', null, null),

  row('secrets', 'capped', "the tenant's own, at most 64", `${container}.Secrets`, null),
  row('secrets[].secret', 'served', 'its name', `${container}.Secrets[].SecretName`, null),
  row(
    'secrets[].file',
    'capped',
    'an absolute path, in a directory that shows secrets alone; /run/secrets/NAME unless given',
    `${container}.Secrets[].File.Name`,
    null,
  ),
  row('secrets[].mode', 'capped', 'octal, as "0400"; 0444 unless given', `${container}.Secrets[].File.Mode`, null),
  row('secrets[].env', 'capped', 'the variable that holds it, in place of a file; text of less than 128 KiB', null, null),

  row('volumes', 'capped', "the tenant's own, made when they do not exist", `${container}.Mounts`, 'HostConfig.Mounts'),
  row('volumes[].name', 'capped', 'of the volume; host paths are not served', `${container}.Mounts[].Source`, 'HostConfig.Mounts[].Source'),
  row(
    'volumes[].target',
    'capped',
    'an absolute path, outside of /proc and /sys',
    `${container}.Mounts[].Target`,
    'HostConfig.Mounts[].Target',
  ),
  row('volumes[].readOnly', 'served', 'as asked', `${container}.Mounts[].ReadOnly`, 'HostConfig.Mounts[].ReadOnly'),
  row('volumes[].noCopy', 'served', 'as asked', `${container}.Mounts[].VolumeOptions.NoCopy`, 'HostConfig.Mounts[].VolumeOptions.NoCopy'),
  row(
    'volumes[].subpath',
    'capped',
    'a relative path without ..',
    `${container}.Mounts[].VolumeOptions.Subpath`,
    'HostConfig.Mounts[].VolumeOptions.Subpath',
  ),
  row('tmpfs', 'capped', 'path and options, as docker run --tmpfs has them', `${container}.Mounts[].TmpfsOptions`, 'HostConfig.Tmpfs'),

  row('networks', 'capped', "the tenant's own, at most 16; none: its bridge", 'TaskTemplate.Networks', 'NetworkingConfig.EndpointsConfig'),
  row('networks[].name', 'capped', 'of a network that exists', 'TaskTemplate.Networks[].Target', 'HostConfig.NetworkMode'),
  row(
    'networks[].aliases',
    'capped',
    "names there, beside the deployment's own",
    'TaskTemplate.Networks[].Aliases',
    'NetworkingConfig.EndpointsConfig.*.Aliases',
  ),
  row('extraHosts', 'capped', 'name:address; public and loopback addresses only', `${container}.Hosts`, 'HostConfig.ExtraHosts'),
  row('dns', 'capped', 'public addresses only', `${container}.DNSConfig.Nameservers`, 'HostConfig.Dns'),
  row('dnsSearch', 'capped', 'domain names', `${container}.DNSConfig.Search`, 'HostConfig.DnsSearch'),
  row('dnsOptions', 'capped', 'options of resolv.conf', `${container}.DNSConfig.Options`, 'HostConfig.DnsOptions'),

  row('capAdd', 'capped', "Docker's default set only", `${container}.CapabilityAdd`, 'HostConfig.CapAdd'),
  row('capDrop', 'served', 'any capability, and ALL', `${container}.CapabilityDrop`, 'HostConfig.CapDrop'),
  row('noNewPrivileges', 'served', 'as asked', `${container}.Privileges.NoNewPrivileges`, 'HostConfig.SecurityOpt'),
  row('sysctls', 'capped', 'a list of net.* settings that end at the container', `${container}.Sysctls`, 'HostConfig.Sysctls'),
  row('ulimits', 'capped', 'read field by field', `${container}.Ulimits`, 'HostConfig.Ulimits'),
  row('ulimits[].name', 'capped', 'nice, rtprio and rttime are refused', `${container}.Ulimits[].Name`, 'HostConfig.Ulimits[].Name'),
  row('ulimits[].soft', 'capped', 'at most hard', `${container}.Ulimits[].Soft`, 'HostConfig.Ulimits[].Soft'),
  row('ulimits[].hard', 'capped', 'nofile at most 1048576', `${container}.Ulimits[].Hard`, 'HostConfig.Ulimits[].Hard'),
  row('shmSize', 'capped', '64m unless given', null, 'HostConfig.ShmSize'),

  row('placement', 'served', 'read field by field', 'TaskTemplate.Placement', null),
  row(
    'placement.constraints',
    'capped',
    'host.labels.KEY==VALUE and host.arch==VALUE, also with !=',
    'TaskTemplate.Placement.Constraints',
    null,
  ),
  row(
    'placement.spread',
    'capped',
    'host.labels.KEY or host.arch, over whose values replicas are spread',
    'TaskTemplate.Placement.Preferences[].Spread.SpreadDescriptor',
    null,
  ),
  row('placement.maxReplicasPerHost', 'capped', '1 to 100; without it, no limit', 'TaskTemplate.Placement.MaxReplicas', null),

  row('restartPolicy', 'served', 'read field by field', 'TaskTemplate.RestartPolicy', null),
  row('restartPolicy.condition', 'capped', 'any, on-failure or none; any unless given', 'TaskTemplate.RestartPolicy.Condition', null),
  row(
    'restartPolicy.delay',
    'capped',
    'before the second try, doubled with each failure in a row; 1s unless given',
    'TaskTemplate.RestartPolicy.Delay',
    null,
  ),
  row('restartPolicy.maxAttempts', 'capped', 'in a row; without it, no limit', 'TaskTemplate.RestartPolicy.MaxAttempts', null),
  row('restartPolicy.window', 'refused', 'a replica that stays ready ends a row of failures', 'TaskTemplate.RestartPolicy.Window', null),

  ...policyRows('update', 'UpdateConfig'),
  ...policyRows('rollback', 'RollbackConfig'),

  row('logging', 'refused', 'logs are kept by Berth; read them with docker logs', 'TaskTemplate.LogDriver', null),
  row('privileged', 'refused', 'a privileged container owns its host', null, 'HostConfig.Privileged'),
  row('devices', 'refused', 'devices belong to the host', null, 'HostConfig.Devices'),
  row('configs', 'refused', 'put the file into the image, or use a secret', `${container}.Configs`, null),
  row('mode', 'refused', 'only replicated deployments are served: say how many by replicas', 'Mode', null),
];

function policyRows(at: string, swarm: string): SpecRow[] {
  return [
    row(at, 'served', 'read field by field', swarm, null),
    row(`${at}.parallelism`, 'capped', 'replicas at once, 1 to 100; 1 unless given', `${swarm}.Parallelism`, null),
    row(`${at}.order`, 'capped', 'start-first or stop-first; start-first unless given', `${swarm}.Order`, null),
    row(`${at}.delay`, 'capped', 'between one batch and the next; 0s unless given', `${swarm}.Delay`, null),
    row(`${at}.healthDeadline`, 'capped', 'a new replica that is not ready by then has failed; 60s unless given', null, null),
    row(`${at}.monitor`, 'capped', 'a new replica has to stay ready so long; 5s unless given', `${swarm}.Monitor`, null),
    row(`${at}.failureAction`, 'capped', 'rollback, pause or continue', `${swarm}.FailureAction`, null),
    row(`${at}.maxFailureRatio`, 'capped', 'the share that may fail, 0 to 1; 0 unless given', `${swarm}.MaxFailureRatio`, null),
  ];
}

export const deploymentSpecTable = fieldTable(deploymentSpecRows);

/** The table of docs/deployments.md. */
export function deploymentSpecMarkdown(): string {
  const lines = deploymentSpecRows.map(
    ({ path, verdict, why, swarm }) => `| \`${path}\` | ${verdict} | ${why} | ${swarm ? `\`${swarm}\`` : ''} |`,
  );
  return ['| field | policy | what | in ServiceSpec |', '|---|---|---|---|', ...lines, ''].join('\n');
}

function row(path: string, verdict: FieldRow['verdict'], why: string, swarm: string | null, create: string | null): SpecRow {
  return { path, verdict, why, swarm, create };
}
