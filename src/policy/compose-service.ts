import { BerthError } from '../domain/errors.ts';
import { deployRead } from './compose-deploy.ts';
import { portLongRead } from './compose-ports.ts';
import type { ComposeContext, ComposeNetwork } from './compose-types.ts';
import { numberText, oneOf, said, truth } from './compose-values.ts';
import { type Fields, printable } from './fields.ts';
import type { JsonObject } from './json.ts';

export interface ServiceContext extends ComposeContext {
  networks: ReadonlyMap<string, ComposeNetwork>;
  volumes: ReadonlyMap<string, { name: string }>;
  secrets: ReadonlyMap<string, string>;
  /** Names of networks that services use. */
  used: Set<string>;
}

/** One service as the spec of a deployment, and the services it comes after. What is left out here is left to the server's defaults. */
export function serviceSpecRead(service: Fields, key: string, context: ServiceContext): { spec: JsonObject; after: string[] } {
  const { volumes, tmpfs } = mountsRead(service, context);
  oneOf(service, 'pull_policy', ['', 'missing', 'if_not_present']);
  const noNewPrivileges = service.strings('security_opt').map((option) => {
    if (/^no-new-privileges([:=]true)?$/.test(option)) return true;
    throw service.refused('security_opt', `${printable(option)} would change the walls of the container`);
  });
  const after = service.objectMap('depends_on').flatMap(([name, how]) => {
    const optional = how.string('required') === 'false';
    how.end();
    return optional ? [] : [name];
  });
  const spec: JsonObject = said({
    image: service.string('image'),
    command: service.stringsOrNull('entrypoint'),
    args: service.stringsOrNull('command'),
    env: environmentRead(service, context),
    labels: { ...Object.fromEntries(service.stringMap('labels')), 'com.docker.stack.namespace': context.stack },
    ...textsRead(service),
    ...Object.fromEntries(lists.map(([from, to]) => [to, service.stringsOrNull(from)])),
    ...Object.fromEntries(truths.map(([from, to]) => [to, service.isSet(from) ? truth(service, from) : null])),
    sysctls: Object.fromEntries(service.stringMap('sysctls')),
    ulimits: service.objectMap('ulimits').map(([name, limit]) => {
      const read = { name, soft: numberText(limit, 'soft') ?? 0, hard: numberText(limit, 'hard') ?? 0 };
      limit.end();
      return read;
    }),
    noNewPrivileges: noNewPrivileges.length > 0 ? true : null,
    healthcheck: healthcheckRead(service),
    ports: service.objects('ports').map(portLongRead),
    volumes,
    tmpfs,
    networks: networksRead(service, key, context),
    secrets: secretsRead(service, context),
    ...deployRead(service),
  });
  service.end();
  if (spec.image === undefined) throw service.malformed('image', 'is missing: say which image to run');
  return { spec, after };
}

const texts = [
  ['user', 'user'],
  ['working_dir', 'workingDir'],
  ['hostname', 'hostname'],
  ['isolation', 'isolation'],
  ['stop_signal', 'stopSignal'],
  ['stop_grace_period', 'stopGracePeriod'],
  ['shm_size', 'shmSize'],
] as const;
const lists = [
  ['group_add', 'groups'],
  ['extra_hosts', 'extraHosts'],
  ['dns', 'dns'],
  ['dns_search', 'dnsSearch'],
  ['dns_opt', 'dnsOptions'],
  ['cap_add', 'capAdd'],
  ['cap_drop', 'capDrop'],
] as const;
const truths = [
  ['read_only', 'readOnly'],
  ['init', 'init'],
  ['tty', 'tty'],
] as const;

function textsRead(service: Fields): JsonObject {
  return Object.fromEntries(texts.map(([from, to]) => [to, service.string(from)]));
}

/** Later files before earlier ones, and the service's own entries before all. */
function environmentRead(service: Fields, { envFiles, variables }: ComposeContext): JsonObject {
  const files = service.objects('env_file').map((file) => {
    const path = file.string('path');
    file.string('required');
    file.end();
    return envFiles.get(path) ?? {};
  });
  const entries = service.objectOfTexts('environment');
  const own = entries.flatMap(([name, value]): [string, string][] => {
    const found = value ?? (Object.hasOwn(variables, name) ? variables[name] : undefined);
    return found === undefined ? [] : [[name, found]];
  });
  return { ...Object.assign({}, ...files), ...Object.fromEntries(own) };
}

function healthcheckRead(service: Fields): JsonObject | null {
  if (!service.isSet('healthcheck')) return null;
  const check = service.object('healthcheck');
  const disabled = truth(check, 'disable');
  const test = check.strings('test');
  const read = said({
    interval: check.string('interval'),
    timeout: check.string('timeout'),
    startPeriod: check.string('start_period'),
    startInterval: check.string('start_interval'),
    retries: numberText(check, 'retries'),
  });
  check.end();
  return disabled ? { test: ['NONE'] } : { ...(test.length > 0 && { test }), ...read };
}

function mountsRead(service: Fields, { volumes: known }: ServiceContext): { volumes: JsonObject[]; tmpfs: JsonObject } {
  const volumes: JsonObject[] = [];
  const tmpfs: JsonObject = {};
  for (const text of service.strings('tmpfs')) {
    const [, path = '', options = ''] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? [];
    tmpfs[path] = options;
  }
  for (const mount of service.objects('volumes')) {
    const type = mount.string('type');
    const source = mount.string('source');
    const target = mount.string('target');
    const readOnly = truth(mount, 'read_only');
    const options = mount.object('volume');
    const memory = mount.object('tmpfs');
    if (type === 'volume') {
      const volume = known.get(source);
      if (!volume) throw mount.malformed('source', `is not among the volumes of the file: ${printable(source)}`);
      volumes.push(
        said({
          name: volume.name,
          target,
          readOnly: readOnly || null,
          noCopy: truth(options, 'nocopy') || null,
          subpath: options.string('subpath'),
        }),
      );
    } else if (type === 'tmpfs') {
      const [size, mode] = [memory.string('size'), memory.string('mode')];
      tmpfs[target] = [size && `size=${size}`, mode && `mode=${mode}`, readOnly && 'ro'].filter((option) => option).join(',');
    } else {
      throw mount.refused(
        'type',
        `${printable(type) || 'an empty type'}: ${type === 'bind' ? `${printable(source)} is a path of a host; use a volume` : 'use volume or tmpfs'}`,
      );
    }
    for (const part of [options, memory, mount]) part.end();
  }
  return { volumes, tmpfs };
}

/** Its networks, each with the service's own name, by which the others find it. */
function networksRead(service: Fields, key: string, { networks, used }: ServiceContext): JsonObject[] {
  const mode = oneOf(service, 'network_mode', ['', 'bridge']);
  const asked = service.objectMap('networks', { maxEntries: 16 });
  if (mode === 'bridge') {
    if (asked.length > 0) throw service.malformed('network_mode', 'goes with no networks');
    return [];
  }
  const chosen: [string, string[]][] = asked.map(([name, network]) => {
    const aliases = network.strings('aliases');
    network.string('priority');
    network.end();
    return [name, aliases];
  });
  if (chosen.length === 0) chosen.push(['default', []]);
  return chosen.map(([name, aliases]) => {
    const network = networks.get(name);
    if (!network)
      throw new BerthError(
        'malformed',
        `${service.path}.networks names one that is not among the networks of the file: ${printable(name)}.`,
      );
    used.add(network.name);
    return { name: network.name, aliases: [...new Set([key, ...aliases])] };
  });
}

function secretsRead(service: Fields, { secrets }: ServiceContext): JsonObject[] {
  return service.objects('secrets').map((use) => {
    const source = use.string('source');
    const secret = secrets.get(source);
    if (secret === undefined) throw use.malformed('source', `is not among the secrets of the file: ${printable(source)}`);
    const target = use.string('target') || source;
    const mode = use.string('mode').replace(/^0o/, '');
    use.end();
    return said({ secret, file: target.startsWith('/') ? target : `/run/secrets/${target}`, mode });
  });
}
