import type { Container } from './container.ts';
import type { ContainerConfig, HostConfig } from './container-config.ts';
import { EngineError } from './engine-error.ts';
import { idNew } from './ids.ts';
import type { EngineState } from './state.ts';
import { volumeCreate, volumePath } from './volumes.ts';

export interface Mount {
  type: 'volume' | 'bind' | 'tmpfs';
  /** A volume's; '' for the others. */
  name: string;
  /** A bind's path on the host. */
  source: string;
  target: string;
  mode: string;
  writable: boolean;
  /** Removed with `v=1`. */
  anonymous: boolean;
}

/** Reads Binds, Mounts and Volumes, and makes the volumes that they name. */
export function mountsMake(engine: EngineState, id: string, config: ContainerConfig, host: HostConfig): Mount[] {
  const mounts: Mount[] = [];
  const add = (mount: Mount) => {
    if (mounts.some(({ target }) => target === mount.target)) throw new EngineError(400, `Duplicate mount point: ${mount.target}`);
    if (mount.type === 'volume') volumeCreate(engine, { Name: mount.name }).users.add(id);
    mounts.push(mount);
  };
  for (const bind of host.Binds ?? []) add(bindMount(bind));
  for (const { Type, Source = '', Target, ReadOnly = false } of host.Mounts ?? []) {
    const common = { target: Target, writable: !ReadOnly, anonymous: Type === 'volume' && Source === '' };
    if (Type === 'volume') add({ ...common, type: 'volume', name: Source || idNew(), source: '', mode: 'z' });
    else if (Type === 'tmpfs') add({ ...common, type: 'tmpfs', name: '', source: '', mode: '' });
    else if (Type === 'bind') add({ ...common, type: 'bind', name: '', source: Source, mode: '' });
    else throw new EngineError(400, `invalid mount config for type "${Type}": mount type unknown: "${Type}"`);
  }
  for (const target of Object.keys(config.Volumes ?? {})) {
    if (mounts.some((mount) => mount.target === target)) continue;
    add({ type: 'volume', name: idNew(), source: '', target, mode: '', writable: true, anonymous: true });
  }
  return mounts;
}

export function mountDocument(mount: Mount) {
  const { type: Type, name: Name, target: Destination, mode: Mode, writable: RW } = mount;
  if (Type === 'volume') return { Type, Name, Source: volumePath(Name), Destination, Driver: 'local', Mode, RW, Propagation: '' };
  return { Type, Source: mount.source, Destination, Mode, RW, Propagation: Type === 'bind' ? 'rprivate' : '' };
}

/** The events of volumes that come and go with a container's processes, or with a copy into its files. */
export function mountEvents(engine: EngineState, container: Container, action: 'mount' | 'unmount'): void {
  for (const { type, name, target, writable } of container.mounts) {
    if (type !== 'volume') continue;
    const mounted = { destination: target, propagation: '', 'read/write': String(writable) };
    engine.events.emit('volume', action, name, { container: container.id, driver: 'local', ...(action === 'mount' ? mounted : {}) });
  }
}

function bindMount(bind: string): Mount {
  const [source = '', target = '', mode = ''] = bind.split(':');
  const writable = !mode.split(',').includes('ro');
  if (target === '') throw new EngineError(400, `invalid volume specification: '${bind}'`);
  if (source.startsWith('/')) return { type: 'bind', name: '', source, target, mode, writable, anonymous: false };
  return { type: 'volume', name: source, source: '', target, mode: mode || 'z', writable, anonymous: false };
}
