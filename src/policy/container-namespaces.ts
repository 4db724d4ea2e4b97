import type { ContainerSpec } from '../domain/container-spec.ts';
import { type Fields, printable } from './fields.ts';
import { containerReferenceRead } from './names.ts';

/** HostConfig.PidMode: the container whose processes this one may see. */
export function pidContainerRead(host: Fields): string | null {
  const pid = namespaceRead(host, 'PidMode', ['']);
  return typeof pid === 'string' ? null : pid.container;
}

export function ipcRead(host: Fields): ContainerSpec['ipc'] {
  const ipc = namespaceRead(host, 'IpcMode', ['', 'none', 'private', 'shareable']);
  if (typeof ipc === 'string') return { mode: ipc === '' ? 'default' : ipc };
  return { mode: 'container', container: ipc.container };
}

/** The namespaces that every container has for itself, and that nobody can choose. */
export function ownNamespacesCheck(host: Fields): void {
  modeRead(host, 'UTSMode', host.string('UTSMode'), ['']);
  modeRead(host, 'CgroupnsMode', host.string('CgroupnsMode'), ['', 'private']);
}

function namespaceRead<Mode extends string>(host: Fields, name: string, modes: readonly Mode[]): Mode | { container: string } {
  const text = host.string(name);
  if (text.startsWith('container:')) return { container: containerReferenceRead(text.slice('container:'.length)) };
  return modeRead(host, name, text, modes);
}

/** `host` is a power and refused; whatever else is unknown is malformed, as an engine has it. */
function modeRead<Mode extends string>(host: Fields, name: string, text: string, modes: readonly Mode[]): Mode {
  if (text === 'host') throw host.refused(name, "the host's own namespace is never shared");
  const mode = modes.find((known) => known === text);
  if (mode === undefined) throw host.malformed(name, `has an unknown mode: ${printable(text)}`);
  return mode;
}
