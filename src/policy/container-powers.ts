import type { ContainerSpec } from '../domain/container-spec.ts';
import { type Fields, printable } from './fields.ts';

/** What an engine gives every container (moby's default set, 20.10 and later): the only ones that can be added (back). */
const defaultCapabilities = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

/** The others that the kernel has (capabilities(7)). */
const otherCapabilities = new Set([
  ...['AUDIT_CONTROL', 'AUDIT_READ', 'BLOCK_SUSPEND', 'BPF', 'CHECKPOINT_RESTORE', 'DAC_READ_SEARCH', 'IPC_LOCK', 'IPC_OWNER', 'LEASE'],
  ...['LINUX_IMMUTABLE', 'MAC_ADMIN', 'MAC_OVERRIDE', 'NET_ADMIN', 'NET_BROADCAST', 'PERFMON', 'SYS_ADMIN', 'SYS_BOOT', 'SYS_MODULE'],
  ...['SYS_NICE', 'SYS_PACCT', 'SYS_PTRACE', 'SYS_RAWIO', 'SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'SYSLOG', 'WAKE_ALARM'],
]);

export function capAddRead(host: Fields): string[] {
  return capabilitiesRead(host, 'CapAdd', (name) => {
    if (!defaultCapabilities.has(name)) {
      throw host.refused(
        'CapAdd',
        `${printable(name)} reaches beyond the container; these can be added: ${[...defaultCapabilities].join(', ')}`,
      );
    }
  });
}

export function capDropRead(host: Fields): string[] {
  return capabilitiesRead(host, 'CapDrop', () => undefined);
}

/** Engines take any case, with or without CAP_. The result is `ALL` or `CAP_…`, each once. What is no capability is told as moby does (oci/caps). */
function capabilitiesRead(host: Fields, field: string, check: (name: string) => void): string[] {
  const names = host.strings(field, { maxEntries: 64 }).map((written) => {
    const name = written.toUpperCase().replace(/^CAP_/, '');
    if (name !== 'ALL' && !defaultCapabilities.has(name) && !otherCapabilities.has(name))
      throw host.wrong(
        field,
        `has an unknown capability: ${printable(name)}`,
        `invalid ${field}: unknown capability: "CAP_${printable(name)}"`,
      );
    check(name);
    return name === 'ALL' ? name : `CAP_${name}`;
  });
  return [...new Set(names)];
}

/** HostConfig.SecurityOpt. Docker takes = and : alike. Returns whether no-new-privileges is asked for. */
export function noNewPrivilegesRead(host: Fields): boolean {
  const options = host.strings('SecurityOpt', { maxEntries: 16 });
  for (const option of options) {
    if (!/^no-new-privileges([=:]true)?$/.test(option)) {
      throw host.refused('SecurityOpt', `${printable(option)} would change the walls of the container; no-new-privileges is served`);
    }
  }
  return options.length > 0;
}

/** Settings that the kernel keeps per network namespace and whose values are plain numbers. */
const sysctlNames = new Set([
  'net.core.somaxconn',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_tw_reuse',
]);

export function sysctlsRead(host: Fields): Record<string, string> {
  const entries = host.stringMap('Sysctls', { maxEntries: 32, maxLength: 128 });
  for (const [name, value] of entries) {
    if (!sysctlNames.has(name)) throw host.refused('Sysctls', `${printable(name)} is not among ${[...sysctlNames].join(', ')}`);
    if (!/^[0-9][0-9 \t,-]*$/.test(value)) throw host.malformed('Sysctls', `has a value for ${name} that is not a number`);
  }
  return Object.fromEntries(entries);
}

/** HostConfig.Isolation and the label berth.isolation are two ways to say one thing. */
export function isolationRead(host: Fields, labels: Record<string, string>): ContainerSpec['isolation'] {
  const asked = host.string('Isolation');
  const labelled = labels['berth.isolation'] ?? '';
  if (asked !== '' && labelled !== '' && asked !== labelled) {
    throw host.malformed('Isolation', `is ${printable(asked)} while the label berth.isolation is ${printable(labelled)}`);
  }
  const isolation = asked || labelled;
  switch (isolation) {
    case '':
    case 'default':
      return 'default';
    case 'shared':
    case 'sandboxed':
    case 'dedicated':
      return isolation;
    default:
      throw host.refused('Isolation', `${printable(isolation)} is not among default, shared, sandboxed and dedicated`);
  }
}

/** Those that moby brings along; another is a plugin, and there are none. */
const logDrivers = new Set(['awslogs', 'etwlogs', 'fluentd', 'gcplogs', 'gelf', 'journald', 'logentries', 'none', 'splunk', 'syslog']);

const logOptions = new Set([
  'max-size',
  'max-file',
  'compress',
  'mode',
  'max-buffer-size',
  'labels',
  'labels-regex',
  'env',
  'env-regex',
  'tag',
]);

/** The log is the platform's: usual wishes are accepted and replaced, those for another destination are refused. */
export function logConfigCheck(host: Fields): void {
  const fields = host.object('LogConfig');
  const type = fields.string('Type');
  if (type !== '' && type !== 'json-file' && type !== 'local') {
    if (logDrivers.has(type)) throw fields.refused('Type', `the log driver ${type} is not served; leave it out and use docker logs`);
    const name = printable(type);
    throw fields.wrong('Type', `is no log driver: ${name}`, `error looking up logging plugin ${name}: plugin "${name}" not found`);
  }
  for (const [name] of fields.stringMap('Config', { maxEntries: 32 })) {
    if (logOptions.has(name)) continue;
    const driver = type || 'json-file';
    throw fields.wrong(
      'Config',
      `has an unknown log option: ${printable(name)}`,
      `unknown log opt '${printable(name)}' for ${driver} log driver`,
    );
  }
  fields.end();
}
