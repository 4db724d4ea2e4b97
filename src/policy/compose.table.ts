import { type FieldRow, fieldTable, fieldTableMarkdown } from './field-table.ts';

const oneByOne = 'read key by key';

/**
 * What becomes of every key of a Compose file (github.com/compose-spec/compose-spec, spec.md). The reader obeys it and
 * docs/deployments.md is made from it. A key that has no row is refused by its name; keys that begin with x- are skipped.
 */
export const composeRows: readonly FieldRow[] = [
  row('name', 'served', 'of the stack, unless the command line names one'),
  row('version', 'ours', 'without meaning in the specification of today'),
  row('include', 'refused', 'put everything into one file'),
  row('configs', 'refused', 'put the file into the image, or use a secret'),
  row('models', 'refused', 'models are not served'),

  row('services', 'served', 'each becomes a deployment'),
  row('services.*.image', 'served', 'as asked'),
  row('services.*.build', 'refused', 'build and push the image first, then name it with image'),
  row('services.*.command', 'served', 'as asked'),
  row('services.*.entrypoint', 'served', 'as asked'),
  row('services.*.environment', 'served', 'a map or a list; a name alone takes the value from your own environment'),
  row('services.*.env_file', 'served', oneByOne),
  row('services.*.env_file[].path', 'served', 'beside the Compose file'),
  row('services.*.env_file[].required', 'served', 'as asked'),
  row('services.*.env_file[].format', 'refused', 'the usual format is the only one'),
  row('services.*.ports', 'capped', 'the short and the long form'),
  row('services.*.ports[].target', 'served', 'as asked'),
  row('services.*.ports[].published', 'served', 'on the edge'),
  row('services.*.ports[].protocol', 'capped', 'tcp or udp'),
  row('services.*.ports[].host_ip', 'capped', '0.0.0.0: the edge has its own address'),
  row('services.*.ports[].mode', 'capped', 'ingress'),
  row('services.*.ports[].name', 'ours', 'a note'),
  row('services.*.ports[].app_protocol', 'ours', 'a note'),
  row('services.*.expose', 'ours', 'services of one network reach all ports of each other'),
  row('services.*.volumes', 'capped', 'the short and the long form; named volumes only'),
  row('services.*.volumes[].type', 'capped', 'volume and tmpfs; paths of a host cannot be mounted'),
  row('services.*.volumes[].source', 'served', 'a volume of the file'),
  row('services.*.volumes[].target', 'served', 'as asked'),
  row('services.*.volumes[].read_only', 'served', 'as asked'),
  row('services.*.volumes[].volume', 'served', oneByOne),
  row('services.*.volumes[].volume.nocopy', 'served', 'as asked'),
  row('services.*.volumes[].volume.subpath', 'served', 'as asked'),
  row('services.*.volumes[].tmpfs', 'served', oneByOne),
  row('services.*.volumes[].tmpfs.size', 'served', 'as asked'),
  row('services.*.volumes[].tmpfs.mode', 'served', 'as asked'),
  row('services.*.networks', 'served', 'a list or a map'),
  row('services.*.networks.*.aliases', 'served', 'as asked'),
  row('services.*.networks.*.ipv4_address', 'refused', 'replicas need an address each'),
  row('services.*.networks.*.priority', 'ours', 'the first network is the first of the list'),
  row('services.*.network_mode', 'capped', 'bridge'),
  row('services.*.secrets', 'served', 'the short and the long form'),
  row('services.*.secrets[].source', 'served', 'a secret of the file'),
  row('services.*.secrets[].target', 'served', 'a path, or a name below /run/secrets'),
  row('services.*.secrets[].mode', 'served', 'octal'),
  row('services.*.secrets[].uid', 'refused', 'set mode; files of secrets belong to root'),
  row('services.*.secrets[].gid', 'refused', 'set mode; files of secrets belong to root'),
  row('services.*.configs', 'refused', 'put the file into the image, or use a secret'),
  row('services.*.depends_on', 'capped', 'the order in which services begin; none waits for another'),
  row('services.*.depends_on.*.condition', 'ours', 'the order counts, and a service that fails is tried again'),
  row('services.*.depends_on.*.restart', 'ours', 'services are restarted by themselves'),
  row('services.*.depends_on.*.required', 'served', 'as asked'),
  row('services.*.healthcheck', 'served', oneByOne),
  row('services.*.healthcheck.test', 'served', 'as asked'),
  row('services.*.healthcheck.interval', 'served', 'as asked'),
  row('services.*.healthcheck.timeout', 'served', 'as asked'),
  row('services.*.healthcheck.retries', 'served', 'as asked'),
  row('services.*.healthcheck.start_period', 'served', 'as asked'),
  row('services.*.healthcheck.start_interval', 'served', 'as asked'),
  row('services.*.healthcheck.disable', 'served', 'as asked'),
  row('services.*.restart', 'served', 'no, always, unless-stopped, on-failure[:n]'),
  row('services.*.stop_signal', 'served', 'as asked'),
  row('services.*.stop_grace_period', 'served', 'as asked'),
  ...['user', 'working_dir', 'hostname', 'isolation'].map((key) => row(`services.*.${key}`, 'served', 'as asked')),
  ...['read_only', 'init', 'tty'].map((key) => row(`services.*.${key}`, 'served', 'as asked')),
  ...['cap_add', 'cap_drop', 'group_add', 'extra_hosts', 'dns', 'dns_search', 'dns_opt', 'tmpfs', 'labels', 'sysctls', 'ulimits'].map(
    (key) => row(`services.*.${key}`, 'served', 'as docker run has it'),
  ),
  row('services.*.ulimits.*.soft', 'served', 'as asked'),
  row('services.*.ulimits.*.hard', 'served', 'as asked'),
  row('services.*.security_opt', 'capped', 'no-new-privileges'),
  ...['shm_size', 'mem_limit', 'mem_reservation', 'cpus', 'pids_limit', 'scale'].map((key) =>
    row(`services.*.${key}`, 'served', 'the same key below deploy comes first'),
  ),
  row('services.*.pull_policy', 'capped', 'missing: an image is pulled when you do not have it'),
  row('services.*.container_name', 'refused', 'each replica has a name of its own'),
  row('services.*.privileged', 'refused', 'a privileged container owns its host'),
  row('services.*.devices', 'refused', 'devices belong to the host'),
  row('services.*.gpus', 'refused', 'GPUs are not served yet'),
  row('services.*.logging', 'refused', 'logs are kept by Berth; read them with docker logs'),
  row('services.*.profiles', 'refused', 'deploy a file with the services you want'),
  row('services.*.extends', 'refused', 'put everything into one service'),
  row('services.*.platform', 'refused', 'use deploy.placement.constraints, as node.platform.arch==arm64'),
  row('services.*.pid', 'refused', 'the platform sets it'),
  row('services.*.ipc', 'refused', 'the platform sets it'),
  row('services.*.links', 'refused', 'services of one network find each other by name'),
  row('services.*.volumes_from', 'refused', 'name the volume in both services'),
  row('services.*.stdin_open', 'refused', 'nobody is there to type; use docker exec'),

  row('services.*.deploy', 'served', oneByOne),
  row('services.*.deploy.mode', 'capped', 'replicated'),
  row('services.*.deploy.replicas', 'served', 'as asked'),
  row('services.*.deploy.labels', 'ours', 'labels of a service, for which there is no use'),
  row('services.*.deploy.endpoint_mode', 'refused', 'a service name leads to the addresses of its replicas'),
  row('services.*.deploy.resources', 'served', oneByOne),
  row('services.*.deploy.resources.limits', 'served', oneByOne),
  ...['cpus', 'memory', 'pids'].map((key) => row(`services.*.deploy.resources.limits.${key}`, 'served', 'as asked')),
  row('services.*.deploy.resources.reservations', 'served', oneByOne),
  row('services.*.deploy.resources.reservations.memory', 'served', 'as asked'),
  row('services.*.deploy.resources.reservations.cpus', 'refused', 'a host holds as much as limits.cpus says'),
  row('services.*.deploy.resources.reservations.devices', 'refused', 'GPUs are not served yet'),
  row('services.*.deploy.restart_policy', 'served', oneByOne),
  ...['condition', 'delay', 'max_attempts'].map((key) => row(`services.*.deploy.restart_policy.${key}`, 'served', 'as asked')),
  row('services.*.deploy.restart_policy.window', 'ours', 'a replica that stays ready ends a row of failures'),
  row('services.*.deploy.placement', 'served', oneByOne),
  row('services.*.deploy.placement.constraints', 'capped', 'node.labels.KEY and node.platform.arch, or host.labels.KEY and host.arch'),
  row('services.*.deploy.placement.preferences', 'served', oneByOne),
  row('services.*.deploy.placement.preferences[].spread', 'capped', 'node.labels.KEY'),
  row('services.*.deploy.placement.max_replicas_per_node', 'served', 'as asked'),
  ...['update_config', 'rollback_config'].flatMap((at) => [
    row(`services.*.deploy.${at}`, 'served', oneByOne),
    ...['parallelism', 'delay', 'failure_action', 'monitor', 'max_failure_ratio', 'order'].map((key) =>
      row(`services.*.deploy.${at}.${key}`, 'served', key === 'order' ? 'start-first unless given' : 'as asked'),
    ),
  ]),

  row('networks', 'served', oneByOne),
  row('networks.*.name', 'served', 'STACK_KEY unless given'),
  row('networks.*.external', 'served', 'it has to exist'),
  row('networks.*.internal', 'served', 'no way out of it'),
  row('networks.*.driver', 'capped', 'bridge'),
  row('networks.*.labels', 'served', 'as asked'),
  ...['driver_opts', 'ipam', 'enable_ipv6', 'attachable'].map((key) =>
    row(`networks.*.${key}`, 'refused', "driver, subnet and options are the platform's"),
  ),

  row('volumes', 'served', oneByOne),
  row('volumes.*.name', 'served', 'STACK_KEY unless given'),
  row('volumes.*.external', 'served', 'as one of this file: a volume that does not exist is made'),
  row('volumes.*.driver', 'capped', 'local'),
  row('volumes.*.labels', 'served', 'as asked'),
  row('volumes.*.driver_opts', 'refused', 'the options of a volume driver can name paths and devices of a host'),

  row('secrets', 'served', oneByOne),
  row('secrets.*.external', 'capped', 'true: a secret is made before it is used, and never lies in a file beside others'),
  row('secrets.*.name', 'served', 'the key unless given'),
  row('secrets.*.file', 'refused', 'make the secret first, and say external: true'),
  row('secrets.*.environment', 'refused', 'make the secret first, and say external: true'),
];

export const composeTable = fieldTable(composeRows);

/** The table of docs/deployments.md. */
export function composeMarkdown(): string {
  return fieldTableMarkdown(composeRows);
}

function row(path: string, verdict: FieldRow['verdict'], why: string): FieldRow {
  return { path, verdict, why };
}
