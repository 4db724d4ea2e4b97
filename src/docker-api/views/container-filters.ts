import { BerthError } from '../../domain/errors.ts';
import type { EngineContainerInspect } from '../../engine/inspect-types.ts';
import type { ContainerIdentity } from './container-identity.ts';
import { containerMounts } from './container-mounts.ts';
import { containerEndpoints, containerPorts } from './container-networks.ts';
import { containerHealth, containerStatus } from './container-state.ts';
import { type Filters, filterBoolean, filterExact, filterFound, filterLabels, filterNamesCheck } from './filter-match.ts';
import { timeIsNever, timeSortKey } from './go-time.ts';
import { imageReferenceMeant } from './image-name.ts';
import { ownLabels } from './own-labels.ts';

export const containerFilterNames = [
  'ancestor',
  'before',
  'exited',
  'expose',
  'health',
  'id',
  'is-task',
  'isolation',
  'label',
  'name',
  'network',
  'publish',
  'since',
  'status',
  'volume',
] as const;

/** What the filters of `GET /containers/json` look at. */
export interface FilterSubject {
  id: string;
  /** Without a slash. */
  name: string;
  /** RFC 3339, as the engine wrote it: lists are in this order, to the nanosecond. */
  createdAt: string;
  labels: Record<string, string>;
  status: string;
  /** In `docker ps` without `--all`: it runs, or ran when its host was last seen. */
  listed: boolean;
  everStarted: boolean;
  exitCode: number;
  health: string;
  isolation: string;
  /** Ids and familiar names of its image and of all images that that one was made from. */
  images: readonly string[];
  mounts: readonly { Name?: string; Source: string; Destination: string }[];
  networks: readonly { name: string; id: string }[];
  ports: readonly { privatePort: number; publicPort: number; type: string }[];
}

/** `images`: see FilterSubject; the id that the engine knows is added. */
export function containerFilterSubject(engine: EngineContainerInspect, own: ContainerIdentity, images: readonly string[]): FilterSubject {
  return {
    id: own.engineId,
    name: own.name,
    createdAt: engine.Created,
    labels: ownLabels(engine.Config.Labels, own.labels),
    status: containerStatus(engine, own),
    listed: engine.State.Running,
    everStarted: !timeIsNever(engine.State.StartedAt),
    exitCode: engine.State.ExitCode,
    health: containerHealth(engine, own),
    isolation: own.isolation,
    images: [engine.Image, ...images],
    mounts: containerMounts(engine, own),
    networks: containerEndpoints(engine, own),
    ports: containerPorts(engine, own).flatMap(({ containerPort, protocol, published }) =>
      (published.length > 0 ? published : [{ port: 0 }]).map(({ port }) => ({
        privatePort: containerPort,
        publicPort: port,
        type: protocol,
      })),
    ),
  };
}

/**
 * Whether a container passes every filter, after moby's daemon/list.go. `before` and `since` need the whole list and are left to
 * containerListSelect. Throws `malformed` for a value that is none, in the daemon's words.
 */
export function containerFilterMatch(filters: Filters, c: FilterSubject): boolean {
  if (filters.size === 0) return true;
  filterValuesCheck(filters);
  const isTask = filterBoolean(filters, 'is-task');
  return (
    isTask !== true &&
    (filterFound(filters, 'name', `/${c.name}`) || filterFound(filters, 'name', c.name)) &&
    any(filters, 'id', (value) => value !== '' && c.id.startsWith(value)) &&
    filterLabels(filters, c.labels) &&
    filterFound(filters, 'isolation', c.isolation) &&
    exitedMatch(filters, c) &&
    filterExact(filters, 'status', c.status) &&
    filterExact(filters, 'health', c.health) &&
    any(filters, 'volume', (value) => c.mounts.some((mount) => mount.Destination === value || (mount.Name ?? mount.Source) === value)) &&
    any(filters, 'ancestor', (value) => imageReferenceMeant(value, c.images)) &&
    any(filters, 'network', (value) => c.networks.some(({ name, id }) => name === value || id.startsWith(value))) &&
    portsMatch(filters, c)
  );
}

/**
 * The containers of one `docker ps`, newest first. `limit` (`--last`) counts stopped ones too, and a status filter asks for all
 * states. Throws `malformed` for an unknown filter, `not_found` when `before` or `since` names no container.
 */
export function containerListSelect<T extends FilterSubject>(
  items: readonly T[],
  options: { all: boolean; limit: number; filters: Filters },
): T[] {
  const { filters, limit } = options;
  filterNamesCheck(filters, containerFilterNames);
  filterValuesCheck(filters);
  const order = new Map(items.map((item) => [item, timeSortKey(item.createdAt)]));
  const newestFirst = [...items].sort((a, b) => compare(order.get(b), order.get(a)));
  const from = Math.max(-1, ...(filters.get('before') ?? []).map((reference) => indexOf(newestFirst, reference)));
  const to = Math.min(newestFirst.length, ...(filters.get('since') ?? []).map((reference) => indexOf(newestFirst, reference)));
  const all = options.all || limit > 0 || (filters.get('status') ?? []).length > 0;
  const selected = newestFirst.slice(from + 1, to).filter((item) => (all || item.listed) && containerFilterMatch(filters, item));
  return limit > 0 ? selected.slice(0, limit) : selected;
}

function indexOf(items: readonly FilterSubject[], reference: string): number {
  const name = reference.replace(/^\//, '');
  let index = items.findIndex((item) => item.id === reference || item.name === name);
  if (index < 0) index = items.findIndex((item) => reference !== '' && item.id.startsWith(reference));
  if (index < 0) throw new BerthError('not_found', `no such container ${reference}`);
  return index;
}

const statuses = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead', 'unknown'];
const healths = ['none', 'starting', 'healthy', 'unhealthy', 'unknown'];

function filterValuesCheck(filters: Filters): void {
  oneOf(filters, 'status', statuses);
  oneOf(filters, 'health', healths);
  for (const value of filters.get('exited') ?? []) {
    if (!/^[+-]?\d{1,9}$/.test(value)) throw new BerthError('malformed', `invalid filter 'exited=${value}': not a number`);
  }
  for (const name of ['publish', 'expose']) for (const value of filters.get(name) ?? []) portRange(name, value);
  filterBoolean(filters, 'is-task');
}

function oneOf(filters: Filters, name: string, known: string[]): void {
  for (const value of filters.get(name) ?? []) {
    if (!known.includes(value))
      throw new BerthError('malformed', `invalid filter '${name}=${value}': invalid value (${value}): must be one of ${known.join(', ')}`);
  }
}

function exitedMatch(filters: Filters, c: FilterSubject): boolean {
  return any(filters, 'exited', (value) => Number(value) === c.exitCode && !c.listed && c.everStarted);
}

/** Either filter is enough when both are given. */
function portsMatch(filters: Filters, c: FilterSubject): boolean {
  const publish = (filters.get('publish') ?? []).map((value) => portRange('publish', value));
  const expose = (filters.get('expose') ?? []).map((value) => portRange('expose', value));
  if (publish.length + expose.length === 0) return true;
  return c.ports.some(
    ({ privatePort, publicPort, type }) =>
      publish.some((range) => range.type === type && publicPort >= range.first && publicPort <= range.last) ||
      expose.some((range) => range.type === type && privatePort >= range.first && privatePort <= range.last),
  );
}

/** `80`, `80/udp`, `8000-9000/tcp` */
function portRange(name: string, value: string): { first: number; last: number; type: string } {
  const [, start, end, type] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/([a-z]+))?$/.exec(value) ?? [];
  const first = Number(start);
  const last = Number(end ?? start);
  if (!(last >= first && last <= 65_535)) {
    throw new BerthError(
      'malformed',
      `error while looking up for ${name} ${value}: it is not a port (80/tcp) or a range of ports (80-90/tcp)`,
    );
  }
  return { first, last, type: type ?? 'tcp' };
}

function any(filters: Filters, name: string, matches: (value: string) => boolean): boolean {
  const values = filters.get(name) ?? [];
  return values.length === 0 || values.some(matches);
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
