import { type Container, containerArgv, containerRuns } from './container.ts';
import { healthDocument } from './health.ts';
import { mountDocument } from './mounts.ts';
import type { Endpoint } from './network.ts';
import { addressDocument } from './networks.ts';
import type { EngineState } from './state.ts';
import { durationWords, rfc3339Nano } from './time.ts';

/** `GET /containers/{id}/json`. */
export function containerDocument(engine: EngineState, container: Container) {
  const [Path = '', ...Args] = containerArgv(container);
  const folder = container.startedAt === null && container.error === '' ? null : `/var/lib/docker/containers/${container.id}`;
  return {
    Id: container.id,
    Created: rfc3339Nano(container.created),
    Path,
    Args,
    State: stateDocument(container),
    Image: container.imageId,
    ResolvConfPath: folder === null ? '' : `${folder}/resolv.conf`,
    HostnamePath: folder === null ? '' : `${folder}/hostname`,
    HostsPath: folder === null ? '' : `${folder}/hosts`,
    LogPath: folder === null ? '' : `${folder}/${container.id}-json.log`,
    Name: `/${container.name}`,
    RestartCount: container.restartCount,
    Driver: 'overlay2',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: container.execs.size === 0 ? null : [...container.execs],
    HostConfig:
      container.startedAt === null ? container.hostConfig : { ...container.hostConfig, Runtime: container.hostConfig.Runtime ?? 'runc' },
    GraphDriver: { Data: graphPaths(container.id), Name: 'overlay2' },
    Mounts: container.mounts.map(mountDocument),
    Config: container.config,
    NetworkSettings: networkSettings(engine, container),
  };
}

/** One entry of `GET /containers/json`. */
export function containerSummary(engine: EngineState, container: Container, withSize: boolean) {
  const { config, hostConfig } = container;
  return {
    Id: container.id,
    Names: [`/${container.name}`],
    Image: config.Image,
    ImageID: container.imageId,
    Command: containerArgv(container).map(wordQuoted).join(' '),
    Created: Number(container.created / 1_000_000_000n),
    Ports: portsList(container),
    ...(withSize ? { SizeRootFs: engine.images.byId(container.imageId)?.size ?? 0 } : {}),
    Labels: config.Labels,
    State: container.status,
    Status: statusWords(engine, container),
    HostConfig: { NetworkMode: hostConfig.NetworkMode },
    NetworkSettings: { Networks: endpointDocuments(engine, container) },
    Mounts: container.mounts.map(mountDocument),
  };
}

function stateDocument(container: Container) {
  const { status, pid, exitCode, error, startedAt, finishedAt, health } = container;
  return {
    Status: status,
    Running: containerRuns(container),
    Paused: status === 'paused',
    Restarting: status === 'restarting',
    OOMKilled: false,
    Dead: false,
    Pid: pid,
    ExitCode: exitCode,
    Error: error,
    StartedAt: rfc3339Nano(startedAt),
    FinishedAt: rfc3339Nano(finishedAt),
    ...(health === null ? {} : { Health: healthDocument(health) }),
  };
}

/** The words of `docker ps`. */
function statusWords(engine: EngineState, { status, exitCode, startedAt, finishedAt, health }: Container): string {
  const since = (then: bigint | null) => durationWords(engine.clock.nanos() - (then ?? 0n));
  const healthWords = health === null ? '' : health.status === 'starting' ? ' (health: starting)' : ` (${health.status})`;
  switch (status) {
    case 'created':
      return 'Created';
    case 'exited':
      return `Exited (${exitCode}) ${since(finishedAt)} ago`;
    case 'restarting':
      return `Restarting (${exitCode}) ${since(finishedAt)} ago`;
    case 'paused':
      return `Up ${since(startedAt)} (Paused)`;
    case 'running':
      return `Up ${since(startedAt)}${healthWords}`;
  }
}

function networkSettings(engine: EngineState, container: Container) {
  const networks = endpointDocuments(engine, container);
  const { EndpointID = '', Gateway = '', IPAddress = '', IPPrefixLen = 0, MacAddress = '' } = networks.bridge ?? {};
  const runs = containerRuns(container);
  return {
    Bridge: '',
    SandboxID: container.startedAt === null ? '' : container.id,
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    Ports: runs ? portsDocument(container) : {},
    SandboxKey: container.startedAt === null ? '' : `/var/run/docker/netns/${container.id.slice(0, 12)}`,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID,
    Gateway,
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    IPAddress,
    IPPrefixLen,
    IPv6Gateway: '',
    MacAddress,
    Networks: networks,
  };
}

function endpointDocuments(engine: EngineState, container: Container) {
  return Object.fromEntries(
    [...container.endpoints].map(([name, endpoint]) => [name, endpointDocument(engine, container, name, endpoint)]),
  );
}

function endpointDocument(engine: EngineState, container: Container, name: string, { request, joined }: Endpoint) {
  const network = joined === null ? undefined : engine.networks.get(joined.networkId);
  const known = joined === null || network === undefined ? undefined : addressDocument(network, joined.address);
  return {
    IPAMConfig: request.IPAMConfig ?? null,
    Links: request.Links ?? null,
    Aliases: aliasesOf(container, name, request.Aliases ?? null, joined !== null),
    NetworkID: joined?.networkId ?? '',
    EndpointID: joined?.endpointId ?? '',
    Gateway: known?.Gateway ?? '',
    IPAddress: known?.IPAddress ?? '',
    IPPrefixLen: known?.IPPrefixLen ?? 0,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    MacAddress: known?.MacAddress ?? '',
    DriverOpts: null,
  };
}

/** On a network of the user's, what has joined also answers to its short id and its host name. */
function aliasesOf(container: Container, network: string, asked: string[] | null, joined: boolean): string[] | null {
  if (!joined || ['bridge', 'host', 'none'].includes(network)) return asked;
  return [...new Set([...(asked ?? []), container.id.slice(0, 12), container.config.Hostname])];
}

function portsDocument(container: Container) {
  const exposed = Object.keys({ ...container.config.ExposedPorts, ...container.hostConfig.PortBindings });
  return Object.fromEntries(exposed.map((port) => [port, container.published.get(port) ?? null]));
}

function portsList(container: Container) {
  if (!containerRuns(container)) return [];
  return Object.entries(portsDocument(container)).flatMap(([port, bindings]) => {
    const [number, Type] = port.split('/');
    const PrivatePort = Number(number);
    if (bindings === null) return [{ PrivatePort, Type }];
    return bindings.map(({ HostIp, HostPort }) => ({ IP: HostIp, PrivatePort, PublicPort: Number(HostPort), Type }));
  });
}

function graphPaths(id: string) {
  const folder = `/var/lib/docker/overlay2/${id}`;
  return { LowerDir: `${folder}-init/diff`, MergedDir: `${folder}/merged`, UpperDir: `${folder}/diff`, WorkDir: `${folder}/work` };
}

/** Words with what a shell would read are quoted, as `docker ps` shows them. */
function wordQuoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}
