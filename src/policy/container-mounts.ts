import type { ContainerSpec, MountSpec } from '../domain/container-spec.ts';
import { containerLimits } from '../domain/limits.ts';
import { containerPathRead } from './container-path.ts';
import { type Fields, printable } from './fields.ts';
import { labelsRead } from './labels.ts';
import { containerReferenceRead, volumeNameRead } from './names.ts';

/**
 * All mounts of a create request: Volumes of the config, Binds and Mounts of the host config. Throws `refused` for anything
 * that would show a host's file, and `malformed` for two mounts in one place, as an engine does.
 */
export function containerMountsRead(config: Fields, host: Fields): MountSpec[] {
  const mounts = [
    ...host.strings('Binds', { maxEntries: containerLimits.mounts }).map((bind) => bindRead(host, bind)),
    ...host.objects('Mounts', { maxEntries: containerLimits.mounts }).map(mountRead),
  ];
  const targets = new Set<string>();
  for (const { target } of mounts) {
    if (targets.has(target)) throw host.malformed('Mounts', `and Binds mount ${printable(target)} twice`);
    targets.add(target);
  }
  // As on an engine, a volume of the config gives way to a mount that says more about the same place.
  const volumes = config
    .keySet('Volumes', { maxEntries: containerLimits.mounts })
    .map((path) => targetRead(config, 'Volumes', path, relative('volume', path)))
    .filter((target) => !targets.has(target));
  return [...mounts, ...[...new Set(volumes)].map((target) => volume('config', null, target))];
}

export function volumesFromRead(host: Fields): ContainerSpec['volumesFrom'] {
  return host.strings('VolumesFrom', { maxEntries: containerLimits.mounts }).map((text) => {
    const [container = '', mode = 'rw', ...rest] = text.split(':');
    if (rest.length > 0 || (mode !== 'ro' && mode !== 'rw')) throw host.refused('VolumesFrom', 'the only modes are ro and rw');
    return { container: containerReferenceRead(container), readOnly: mode === 'ro' };
  });
}

/** HostConfig.Tmpfs, as it is written. */
export function tmpfsRead(host: Fields): Record<string, string> {
  const entries = host.stringMap('Tmpfs', { maxEntries: containerLimits.mounts });
  const tmpfs = new Map<string, string>();
  for (const [path, options] of entries) {
    const target = targetRead(host, 'Tmpfs', path, `invalid mount path: '${printable(path)}' mount path must be absolute`);
    if (tmpfs.has(target)) throw host.malformed('Tmpfs', `mounts ${printable(target)} twice`);
    tmpfsOptionsCheck(host, options);
    tmpfs.set(target, options);
  }
  return Object.fromEntries(tmpfs);
}

const tmpfsFlags =
  /^(ro|rw|exec|noexec|suid|nosuid|nodev|sync|async|dirsync|atime|noatime|diratime|nodiratime|relatime|norelatime|strictatime|nostrictatime)$/;
const tmpfsNumbers = /^(mode=0?[0-7]{3,4}|uid=[0-9]{1,10}|gid=[0-9]{1,10}|nr_inodes=[0-9]{1,9}[kKmM]?)$/;

function tmpfsOptionsCheck(host: Fields, options: string): void {
  for (const option of options === '' ? [] : options.split(',')) {
    if (option.startsWith('size=')) {
      const bytes = tmpfsSize(option);
      if (bytes === null) throw host.malformed('Tmpfs', `has a size that is not a number of bytes: ${printable(option)}`);
      host.within('Tmpfs', bytes, 0, containerLimits.tmpfsSizeBytes, 'bytes');
    } else if (!tmpfsFlags.test(option) && !tmpfsNumbers.test(option))
      throw host.refused('Tmpfs', `the option ${printable(option)} is not among those that are served`);
  }
}

/** The options as an engine gets them: always with a size, since a tmpfs without one (or of 0) could be half of the host's memory. */
export function tmpfsWrite(options: string, memoryBytes: number): string {
  const all = options === '' ? [] : options.split(',');
  const sizes = all.filter((option) => option.startsWith('size='));
  const kept = all.filter((option) => !sizes.includes(option));
  // The kernel takes the last one.
  return [...kept, `size=${tmpfsSize(sizes.at(-1) ?? '') || memoryBytes}`].join(',');
}

function tmpfsSize(option: string): number | null {
  const [, digits, unit = ''] = /^size=([0-9]{1,15})([kmg]?)$/i.exec(option) ?? [];
  return digits === undefined ? null : Number(digits) * 1024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase());
}

/** What an engine knows, and would mount of its host. */
const hostTypes = new Set(['bind', 'npipe', 'cluster', 'image']);
const hostModes = new Set(['z', 'Z', 'shared', 'rshared', 'slave', 'rslave', 'private', 'rprivate', 'cached', 'delegated', 'consistent']);

/** `name:/path[:options]`, or a bare `/path` for an anonymous volume. */
function bindRead(host: Fields, bind: string): MountSpec {
  const parts = bind.split(':');
  const wrong = (why: string) => `invalid volume specification: '${printable(bind)}': ${why}`;
  if (parts.length === 1) return volume('bind', null, targetRead(host, 'Binds', bind, wrong(relative('volume', bind))));
  const [source = '', target = '', options = '', ...rest] = parts;
  if (/^[/.~\\]/.test(source) || source.includes('/') || source.includes('\\')) {
    throw host.refused('Binds', `${printable(source)} is a path of the host; use the name of a volume, and docker cp to fill it`);
  }
  if (rest.length > 0) throw host.malformed('Binds', `has an entry with too many colons: ${printable(bind)}`);
  const mount = volume('bind', volumeNameRead(source), targetRead(host, 'Binds', target, wrong(relative('volume', target))));
  const seen = new Set(options === '' ? [] : options.split(','));
  for (const option of seen) {
    if (option !== 'ro' && option !== 'rw' && option !== 'nocopy') {
      if (hostModes.has(option)) throw host.refused('Binds', `the mode ${option} is for paths of a host; ro, rw and nocopy are served`);
      throw host.wrong(
        'Binds',
        `has a mode that is not among ro, rw and nocopy: ${printable(option)}`,
        `invalid mode: ${printable(options)}`,
      );
    }
  }
  if (seen.has('ro') && seen.has('rw')) throw host.malformed('Binds', 'asks for both ro and rw');
  return { ...mount, readOnly: seen.has('ro'), noCopy: seen.has('nocopy') };
}

function mountRead(fields: Fields): MountSpec {
  const type = fields.string('Type');
  const path = fields.string('Target');
  const target = targetRead(fields, 'Target', path, relative(type, path));
  const readOnly = fields.boolean('ReadOnly');
  if (type === 'volume') {
    const source = fields.string('Source');
    const options = fields.object('VolumeOptions');
    const mount: MountSpec = {
      ...volume('mount', source === '' ? null : volumeNameRead(source), target),
      readOnly,
      noCopy: options.boolean('NoCopy'),
      subpath: subpathRead(options),
      labels: labelsRead(options, 'Labels'),
    };
    const driver = options.object('DriverConfig');
    const driverName = driver.string('Name');
    if (driverName !== '' && driverName !== 'local') throw driver.refused('Name', 'the only volume driver is local');
    driver.end();
    options.end();
    fields.end();
    return mount;
  }
  if (type === 'tmpfs') {
    const options = fields.object('TmpfsOptions');
    const mount: MountSpec = {
      type: 'tmpfs',
      target,
      readOnly,
      sizeBytes: options.within('SizeBytes', options.integer('SizeBytes'), 0, containerLimits.tmpfsSizeBytes, 'bytes'),
      mode: options.within('Mode', options.integer('Mode'), 0, 0o7777),
    };
    options.end();
    fields.end();
    return mount;
  }
  if (hostTypes.has(type)) throw fields.refused('Type', `${type} is not served; use volume or tmpfs`);
  throw fields.wrong(
    'Type',
    `is neither volume nor tmpfs: ${printable(type)}`,
    `invalid mount config for type "${printable(type)}": mount type unknown`,
  );
}

function subpathRead(options: Fields): string | null {
  const subpath = options.string('Subpath');
  if (subpath === '') return null;
  if (subpath.startsWith('/') || subpath.split('/').some((part) => part === '..' || part === '.' || part === '')) {
    throw options.refused('Subpath', 'it must be a relative path without empty, . or .. parts');
  }
  return subpath;
}

/** Where a mount goes. An engine splits the text of a bind at colons, so none may come through from elsewhere. */
function targetRead(fields: Fields, name: string, path: string, docker: string): string {
  const target = containerPathRead(fields, name, path, docker);
  if (target === '/') throw fields.malformed(name, 'cannot be the root of the container');
  if (target.includes(':')) throw fields.malformed(name, `has a colon in a path: ${printable(path)}`);
  if (/^\/sys(\/|$)/.test(target)) throw fields.refused(name, 'nothing can be mounted below /sys');
  return target;
}

/** moby, volume/mounts/validate.go. */
function relative(type: string, path: string): string {
  return `invalid mount config for type "${printable(type)}": invalid mount path: '${printable(path)}' mount path must be absolute`;
}

function volume(origin: 'bind' | 'mount' | 'config', source: string | null, target: string): MountSpec & { type: 'volume' } {
  return { type: 'volume', origin, source, target, readOnly: false, noCopy: false, subpath: null, labels: {} };
}
