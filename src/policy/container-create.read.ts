import type { ContainerSpec } from '../domain/container-spec.ts';
import { containerLimits as limits } from '../domain/limits.ts';
import { commandSizes, consoleSizeRead, envRead, workingDirRead } from './command-fields.ts';
import { containerCreateTable } from './container-create.table.ts';
import { healthcheckRead } from './container-healthcheck.ts';
import { containerMountsRead, tmpfsRead, volumesFromRead } from './container-mounts.ts';
import { ipcRead, ownNamespacesCheck, pidContainerRead } from './container-namespaces.ts';
import { dnsOptionsRead, dnsRead, dnsSearchRead, extraHostsRead, networkChoiceRead, sharedNetworkCheck } from './container-networks.ts';
import { capAddRead, capDropRead, isolationRead, logConfigCheck, noNewPrivilegesRead, sysctlsRead } from './container-powers.ts';
import { resourcesRead, ulimitsRead } from './container-resources.ts';
import { Fields, printable } from './fields.ts';
import type { JsonValue } from './json.ts';
import { labelsRead } from './labels.ts';
import { containerNameRead } from './names.ts';
import { platformRead } from './platform.ts';
import { portBindingsRead, proxyProtocolRead } from './ports-read.ts';

/**
 * What a tenant asked for in `POST /containers/create`, with every field known, typed and within its walls, or an error that
 * names the field: `malformed` for what an engine would call wrong too, `refused` for what our policy does not grant.
 * The field policy is container-create.table.ts; whatever has no row there is refused unless it is null, zero or empty.
 */
export function containerCreateRead(body: JsonValue, query: { name: string | null; platform: string | null }): ContainerSpec {
  const config = Fields.ofBody(body, containerCreateTable);
  const host = config.object('HostConfig');
  const networking = config.object('NetworkingConfig');

  const labels = labelsRead(config, 'Labels');
  const resources = resourcesRead(host);
  const autoRemove = host.boolean('AutoRemove');
  logConfigCheck(host);
  ownNamespacesCheck(host);

  const spec: ContainerSpec = {
    name: query.name === null || query.name === '' ? null : containerNameRead(query.name),
    platform: query.platform === null || query.platform === '' ? null : platformRead(query.platform),
    image: imageRead(config),
    hostname: hostnameRead(config, 'Hostname'),
    domainname: hostnameRead(config, 'Domainname'),
    user: config.string('User', { maxLength: 256 }),
    workingDir: workingDirRead(config),
    tty: config.boolean('Tty'),
    openStdin: config.boolean('OpenStdin'),
    stdinOnce: config.boolean('StdinOnce'),
    attachStdin: config.boolean('AttachStdin'),
    attachStdout: config.boolean('AttachStdout'),
    attachStderr: config.boolean('AttachStderr'),
    networkDisabled: config.boolean('NetworkDisabled'),
    cmd: config.wordsOrNull('Cmd', commandSizes),
    entrypoint: config.wordsOrNull('Entrypoint', commandSizes),
    shell: config.wordsOrNull('Shell', commandSizes),
    env: envRead(config),
    labels,
    exposedPorts: exposedPortsRead(config),
    ports: portBindingsRead(host),
    publishAllPorts: host.boolean('PublishAllPorts'),
    proxyProtocol: proxyProtocolRead(labels),
    stopSignal: stopSignalRead(config),
    stopTimeoutSeconds: stopTimeoutRead(config),
    healthcheck: healthcheckRead(config),
    mounts: containerMountsRead(config, host),
    volumesFrom: volumesFromRead(host),
    network: networkChoiceRead(host, networking),
    pidContainer: pidContainerRead(host),
    ipc: ipcRead(host),
    isolation: isolationRead(host, labels),
    restartPolicy: restartPolicyRead(host, autoRemove),
    autoRemove,
    resources,
    capAdd: capAddRead(host),
    capDrop: capDropRead(host),
    noNewPrivileges: noNewPrivilegesRead(host),
    readonlyRootfs: host.boolean('ReadonlyRootfs'),
    init: host.booleanOrNull('Init'),
    extraHosts: extraHostsRead(host),
    dns: dnsRead(host),
    dnsOptions: dnsOptionsRead(host),
    dnsSearch: dnsSearchRead(host),
    groupAdd: groupAddRead(host),
    tmpfs: tmpfsRead(host),
    sysctls: sysctlsRead(host),
    ulimits: ulimitsRead(host),
    consoleSize: consoleSizeRead(host),
    oomScoreAdj: host.within('OomScoreAdj', host.integer('OomScoreAdj'), 0, limits.oomScoreAdj),
  };
  sharedNetworkCheck(spec, host);
  networking.end();
  host.end();
  config.end();
  return spec;
}

function imageRead(config: Fields): string {
  const image = config.string('Image');
  if (image === '') throw config.malformed('Image', 'is missing: say which image to run');
  return image;
}

function hostnameRead(config: Fields, name: string): string {
  const hostname = config.string(name, { maxLength: limits.hostnameLength });
  if (hostname === '' || /^[a-zA-Z0-9_][a-zA-Z0-9_.-]*$/.test(hostname)) return hostname;
  throw config.malformed(name, `is not a host name: ${printable(hostname)}`);
}

/** Ports as Docker writes them, `80` or `80/udp`; clients spell out a range before they send it. */
function exposedPortsRead(config: Fields): string[] {
  const ports = config.keySet('ExposedPorts', { maxEntries: 4096 }).map((written) => {
    const [, port = '', protocol = 'tcp'] = /^([0-9]{1,5})(?:\/(tcp|udp|sctp))?$/i.exec(written) ?? [];
    if (Number(port) < 1 || Number(port) > 65_535)
      throw config.malformed('ExposedPorts', `has an entry that is not a port: ${printable(written)}`);
    return `${Number(port)}/${protocol.toLowerCase()}`;
  });
  return [...new Set(ports)];
}

function stopSignalRead(config: Fields): string {
  const signal = config.string('StopSignal', { maxLength: 32 });
  if (signal === '' || /^([0-9]{1,2}|[a-zA-Z][a-zA-Z0-9+-]*)$/.test(signal)) return signal;
  throw config.malformed('StopSignal', `is not a signal: ${printable(signal)}`);
}

function stopTimeoutRead(config: Fields): number | null {
  const seconds = config.integerOrNull('StopTimeout');
  return seconds === null ? null : config.within('StopTimeout', seconds, 0, limits.stopTimeoutSeconds, 'seconds');
}

function restartPolicyRead(host: Fields, autoRemove: boolean): ContainerSpec['restartPolicy'] {
  const policy = restartPolicyFields(host.object('RestartPolicy'));
  if (autoRemove && policy.name !== 'no')
    throw host.wrong(
      'AutoRemove',
      'conflicts with a restart policy: use one of the two',
      "can't create 'AutoRemove' container with restart policy",
    );
  return policy;
}

/** Without a name it is `no`. Its faults are told as moby does (daemon/container.go). */
export function restartPolicyFields(fields: Fields): ContainerSpec['restartPolicy'] {
  const name = fields.string('Name') || 'no';
  const maximumRetryCount = fields.integer('MaximumRetryCount');
  fields.end();
  if (name !== 'no' && name !== 'always' && name !== 'unless-stopped' && name !== 'on-failure') {
    throw fields.wrong('Name', `is an unknown restart policy: ${printable(name)}`, `invalid restart policy '${printable(name)}'`);
  }
  if (maximumRetryCount !== 0 && name !== 'on-failure')
    throw fields.wrong(
      'MaximumRetryCount',
      'can only be used with on-failure',
      `maximum retry count cannot be used with restart policy '${name}'`,
    );
  if (maximumRetryCount < 0) throw fields.wrong('MaximumRetryCount', 'cannot be negative', 'maximum retry count cannot be negative');
  fields.within('MaximumRetryCount', maximumRetryCount, 0, limits.restartRetries);
  return { name, maximumRetryCount };
}

function groupAddRead(host: Fields): string[] {
  return host.strings('GroupAdd', { maxEntries: 64 }).map((group) => {
    if (/^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,63}\$?$/.test(group)) return group;
    throw host.malformed('GroupAdd', `has an entry that is neither a name nor a number: ${printable(group)}`);
  });
}
