import type { ContainerSpec } from '../domain/container-spec.ts';
import { commandSizes } from './command-fields.ts';
import { containerCreateRead } from './container-create.read.ts';
import type { Fields } from './fields.ts';
import type { JsonObject } from './json.ts';
import { bytesRead, millisecondsRead } from './written-values.ts';

/**
 * The container of a deployment. A Docker create request is written from the fields and read by the very policy that `docker run`
 * meets, so that no power gets past it here.
 */
export function deploymentTemplateRead(fields: Fields, name: string): ContainerSpec {
  return containerCreateRead(createWrite(fields, name), { name: null, platform: null });
}

function createWrite(fields: Fields, name: string): JsonObject {
  const stopGraceMs = millisecondsRead(fields, 'stopGracePeriod', 0, 0, 3_600_000);
  const networks = networksRead(fields, name);
  return {
    Image: fields.string('image', { maxLength: 1024 }),
    Entrypoint: fields.wordsOrNull('command', commandSizes),
    Cmd: fields.wordsOrNull('args', commandSizes),
    Env: envRead(fields),
    Labels: mapRead(fields, 'labels'),
    Hostname: fields.string('hostname'),
    User: fields.string('user'),
    WorkingDir: fields.string('workingDir'),
    Tty: fields.boolean('tty'),
    StopSignal: fields.string('stopSignal'),
    StopTimeout: stopGraceMs === 0 ? null : Math.ceil(stopGraceMs / 1000),
    Healthcheck: healthcheckWrite(fields),
    HostConfig: {
      ...resourcesWrite(fields.object('resources')),
      GroupAdd: fields.strings('groups'),
      ReadonlyRootfs: fields.boolean('readOnly'),
      Init: fields.booleanOrNull('init'),
      Isolation: fields.string('isolation', { maxLength: 64 }),
      Mounts: volumesWrite(fields),
      Tmpfs: mapRead(fields, 'tmpfs'),
      NetworkMode: networks[0]?.name ?? '',
      ExtraHosts: fields.strings('extraHosts'),
      Dns: fields.strings('dns'),
      DnsSearch: fields.strings('dnsSearch'),
      DnsOptions: fields.strings('dnsOptions'),
      CapAdd: fields.strings('capAdd'),
      CapDrop: fields.strings('capDrop'),
      SecurityOpt: fields.boolean('noNewPrivileges') ? ['no-new-privileges'] : [],
      Sysctls: mapRead(fields, 'sysctls'),
      Ulimits: fields.objects('ulimits', { maxEntries: 32 }).map((limit) => {
        const read = { Name: limit.string('name'), Soft: limit.integer('soft'), Hard: limit.integer('hard') };
        limit.end();
        return read;
      }),
      ShmSize: bytesRead(fields, 'shmSize'),
    },
    NetworkingConfig: { EndpointsConfig: Object.fromEntries(networks.map((network) => [network.name, { Aliases: network.aliases }])) },
  };
}

function envRead(fields: Fields): string[] {
  return fields.stringMap('env', commandSizes).map(([key, value]) => {
    if (key === '' || key.includes('=')) throw fields.malformed('env', 'has a name that is empty or holds a =');
    return `${key}=${value}`;
  });
}

function mapRead(fields: Fields, name: string): JsonObject {
  return Object.fromEntries(fields.stringMap(name, commandSizes));
}

function healthcheckWrite(fields: Fields): JsonObject | null {
  const present = fields.isSet('healthcheck');
  const check = fields.object('healthcheck');
  if (!present) return null;
  const test = check.wordsOrNull('test', commandSizes) ?? [];
  const [only = ''] = test;
  const shell = test.length === 1 && !['', 'NONE', 'CMD', 'CMD-SHELL'].includes(only);
  const nanoseconds = (name: string) => millisecondsRead(check, name, 0, 0, 24 * 3_600_000) * 1_000_000;
  const written = {
    Test: shell ? ['CMD-SHELL', only] : test,
    Interval: nanoseconds('interval'),
    Timeout: nanoseconds('timeout'),
    StartPeriod: nanoseconds('startPeriod'),
    StartInterval: nanoseconds('startInterval'),
    Retries: check.integer('retries'),
  };
  check.end();
  return written;
}

function resourcesWrite(fields: Fields): JsonObject {
  const limits = fields.object('limits');
  const reservations = fields.object('reservations');
  const written = {
    Memory: bytesRead(limits, 'memory'),
    NanoCpus: Math.round((limits.numberOrNull('cpus') ?? 0) * 1e9),
    PidsLimit: limits.integer('pids'),
    MemoryReservation: bytesRead(reservations, 'memory'),
  };
  for (const part of [limits, reservations, fields]) part.end();
  return written;
}

function volumesWrite(fields: Fields): JsonObject[] {
  return fields.objects('volumes', { maxEntries: 128 }).map((volume) => {
    const name = volume.string('name');
    // An anonymous volume would be another one for each replica, and go with it.
    if (name === '') throw volume.malformed('name', 'is missing: replicas need a volume by its name');
    const written = {
      ...{ Type: 'volume', Source: name, Target: volume.string('target'), ReadOnly: volume.boolean('readOnly') },
      VolumeOptions: { NoCopy: volume.boolean('noCopy'), Subpath: volume.string('subpath') },
    };
    volume.end();
    return written;
  });
}

/** On a network of the tenant's, every replica answers to the deployment's name as well. */
function networksRead(fields: Fields, name: string): { name: string; aliases: string[] }[] {
  const networks = fields.objects('networks', { maxEntries: 16 }).map((network) => {
    const read = { name: network.string('name'), aliases: [...new Set([name, ...network.strings('aliases', { maxEntries: 64 })])] };
    // Anything else would be a mode in a create request: the host's network, or another container's.
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/.test(read.name) || ['host', 'none'].includes(read.name))
      throw network.malformed('name', 'must be the name of a network');
    network.end();
    return read;
  });
  const names = networks.map((network) => network.name);
  const twice = names.find((network, index) => names.indexOf(network) !== index);
  if (twice !== undefined) throw fields.malformed('networks', `names ${twice} twice`);
  return networks;
}
