import { type ContainerRow, containerGet } from '../db/store/container.ts';
import { containerLetGoIdle } from '../db/store/container-share.ts';
import { hostPortsOf, type PublicationRefused, type PublicationRow, publicationsKeep, publicationsTake } from '../db/store/port.ts';
import { BerthError } from '../domain/errors.ts';
import { portWishes } from '../policy/ports-choose.ts';
import { containerSeen } from './container-seen.ts';
import type { App } from './context.ts';

/** How long a start waits for an edge: an edge answers within milliseconds, and one that is away opens the port when it is back. */
const openMs = 1_000;
/** An edge's word comes by a notice; a lost one costs so much. */
const lookMs = 100;

export function containerPublishes({ spec }: Pick<ContainerRow, 'spec'>): boolean {
  return spec.ports.length > 0 || spec.publishAllPorts;
}

/**
 * Takes the ports of the edge that a container wants, for as long as it runs. Its own from earlier are taken again where they are free.
 * Throws `conflict` in Docker's words when one is another's.
 */
export async function containerPortsTake(app: App, row: ContainerRow): Promise<void> {
  if (!containerPublishes(row)) return;
  const wishes = portWishes(row.spec, await hostPortsOf(app.system, row.id));
  const take = () =>
    publicationsTake(
      app.system,
      { tenantId: row.tenantId, containerId: row.id, proxyProtocol: row.spec.proxyProtocol },
      wishes,
      app.ownPorts,
    );
  let result = await take();
  while ('refused' in result && (await holderEnded(app, result))) result = await take();
  if ('refused' in result) throw portConflict(row, result);
  for (const publication of result.rows) app.directory.publications.apply(publication);
}

/** Its ports are for whoever asks, until it starts again. */
export async function containerPortsRelease(app: App, row: ContainerRow): Promise<void> {
  if (containerPublishes(row)) await publicationsKeep(app.system, row.id);
}

/** Waits until an edge listens on all of a container's ports. Throws `conflict` when something else on its machine has one of them. */
export async function containerPortsOpen(app: App, row: ContainerRow): Promise<void> {
  if (!containerPublishes(row)) return;
  const end = Date.now() + openMs;
  for (;;) {
    const known = app.directory.publicationsOf(row.id).map(({ id }) => id);
    const told = app.bus.told('row:publication', known, lookMs);
    await app.directory.fresh();
    const ports = app.directory.publicationsOf(row.id);
    const failed = ports.find(({ state }) => state === 'failed');
    if (failed) throw new BerthError('conflict', `${bindFailed(row, failed)}: address already in use`);
    if (!ports.some(({ state }) => state === 'opening') || Date.now() > end) return;
    await told;
  }
}

/** The end of a container is written down a moment after it: its ports must not be missed by whoever follows at once. */
async function holderEnded(app: App, { holder }: PublicationRefused): Promise<boolean> {
  if (holder === null) return false;
  const row = await containerGet(app.system, holder);
  const seen = row && (await containerSeen(app, row));
  if (!row || !seen || seen.unknownSince) return false;
  const { Running, Paused, Restarting } = seen.document.State;
  if (Running || Paused || Restarting) return false;
  await containerLetGoIdle(app.system, row.id, app.pace.processLostMs);
  return publicationsKeep(app.system, row.id);
}

function portConflict(row: ContainerRow, { refused, port }: PublicationRefused): BerthError {
  return new BerthError('conflict', `${bindFailed(row, { ...refused, port })}: port is already allocated`);
}

/** moby, libnetwork/drivers/bridge: clients look for these words. */
function bindFailed(row: ContainerRow, { loopback, port }: Pick<PublicationRow, 'loopback' | 'port'>): string {
  return `driver failed programming external connectivity on endpoint ${row.name}: Bind for ${loopback ? '127.0.0.1' : '0.0.0.0'}:${port} failed`;
}
