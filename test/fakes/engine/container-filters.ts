import { type Container, containerFind } from './container.ts';
import { EngineError } from './engine-error.ts';
import { filterAny, filterLabels, filtersParse } from './filters.ts';
import type { EngineState } from './state.ts';

const names = [
  'ancestor',
  'before',
  'exited',
  'expose',
  'health',
  'id',
  'is-task',
  'label',
  'name',
  'network',
  'publish',
  'since',
  'status',
  'volume',
];
const statuses = ['created', 'dead', 'exited', 'paused', 'removing', 'restarting', 'running'];

/** Reads the filters of a container list. `endedToo`: they ask for states that a plain list leaves out. */
export function containerMatcher(engine: EngineState, text: string | null): { matches(container: Container): boolean; endedToo: boolean } {
  const filters = filtersParse(text, names);
  for (const status of filters.get('status') ?? []) {
    if (!statuses.includes(status)) throw new EngineError(400, `Invalid filter 'status=${status}'`);
  }
  const bound = (key: string) => filters.get(key)?.map((ref) => containerFind(engine, ref).created)[0];
  const [before, since] = [bound('before'), bound('since')];
  const ports = (container: Container) => Object.keys({ ...container.config.ExposedPorts, ...container.hostConfig.PortBindings });
  const matches = (container: Container) =>
    filterLabels(filters, container.config.Labels) &&
    filterAny(filters, 'id', (id) => container.id.startsWith(id)) &&
    filterAny(filters, 'name', (name) => new RegExp(name).test(container.name) || new RegExp(name).test(`/${container.name}`)) &&
    filterAny(filters, 'status', (status) => container.status === status) &&
    filterAny(filters, 'health', (health) => (container.health?.status ?? 'none') === health) &&
    filterAny(
      filters,
      'exited',
      (code) => container.finishedAt !== null && container.process === null && container.exitCode === Number(code),
    ) &&
    filterAny(filters, 'ancestor', (ref) => container.config.Image === ref || container.imageId === imageIdOf(engine, ref)) &&
    filterAny(filters, 'network', (ref) =>
      [...container.endpoints].some(([name, { joined }]) => name === ref || joined?.networkId.startsWith(ref)),
    ) &&
    filterAny(filters, 'volume', (ref) => container.mounts.some(({ name, target }) => name === ref || target === ref)) &&
    filterAny(filters, 'expose', (port) => ports(container).includes(port.includes('/') ? port : `${port}/tcp`)) &&
    filterAny(filters, 'publish', (port) =>
      [...container.published.values()].flat().some(({ HostPort }) => HostPort === port.split('/')[0]),
    ) &&
    filterAny(filters, 'is-task', (task) => task === 'false') &&
    (before === undefined || container.created < before) &&
    (since === undefined || container.created > since);
  return { matches, endedToo: filters.has('status') || filters.has('exited') };
}

function imageIdOf(engine: EngineState, ref: string): string | null {
  try {
    return engine.images.find(ref).id;
  } catch {
    return null;
  }
}
