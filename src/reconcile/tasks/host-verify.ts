import type { App } from '../../app/context.ts';
import { type HostRow, hostGet, hostList, hostWallsSet } from '../../db/store/host.ts';
import { EngineError } from '../../engine/engine.ts';
import { hostProbe, type Way } from '../../hosts/probe.ts';
import { probeImageEnsure } from '../../hosts/probe-image.ts';
import type { FleetHost } from '../../observe/fleet.ts';
import { everyTenant } from '../../scheduler/filters/walls.ts';

/** A verified host is looked at again after the first time, another after the second: somebody may be putting it right. */
const againMs = { verified: 15 * 60_000, other: 5 * 60_000 };
/** More engines than this are not all tried: one network wall stands before all of them. */
const maxEngines = 16;

const notBefore = new WeakMap<FleetHost, number>();

/** Forgets when the host was looked at last: it was away, and may have come back without its walls. */
export function hostVerifySoon(host: FleetHost): void {
  notBefore.delete(host);
}

/** Looks, when it is time, whether a probe container gets through the walls of a host, and notes what it found. */
export async function hostVerify(app: App, host: FleetHost, signal: AbortSignal): Promise<void> {
  // A cordoned host gets nothing new, and may be about to be removed.
  if (host.row.cordoned || Date.now() < (notBefore.get(host) ?? 0)) return;
  notBefore.set(host, Date.now() + againMs.other);
  const row = await hostGet(app.system, host.row.id);
  // Whoever may use it anyway gains nothing from a probe.
  if (!row || row.tenants.includes(everyTenant)) return;
  const found = await wallsFind(app, host, row, signal);
  if (found === undefined) return;
  await hostWallsSet(app.system, row.id, found.walls, found.detail);
  if (found.walls === 'verified') notBefore.set(host, Date.now() + againMs.verified);
  if (found.walls !== row.walls || found.detail !== row.wallsDetail)
    app.log.info('walls of a host probed', { host: row.name, walls: found.walls, detail: found.detail });
}

async function wallsFind(
  app: App,
  { watch: { engine } }: FleetHost,
  row: HostRow,
  signal: AbortSignal,
): Promise<{ walls: HostRow['walls']; detail: string } | undefined> {
  try {
    const image = await probeImageEnsure(engine, row.architecture, app.probeImage);
    if (image === null)
      return {
        walls: 'unverified',
        detail: 'no image to probe from could be brought there: set BERTH_PROBE_IMAGE to one with sh, nc, sleep and true',
      };
    const { works, open } = await hostProbe(engine, image, await enginesOf(app), signal);
    if (open.length > 0) return { walls: 'failed', detail: `a container reached ${[...new Set(open.map(({ what }) => what))].join(', ')}` };
    if (!works) return { walls: 'unverified', detail: 'the probe could not reach what it may reach, so that nothing is known' };
    return { walls: 'verified', detail: '' };
  } catch (error) {
    if (signal.aborted) return undefined;
    if (error instanceof EngineError) return { walls: 'unverified', detail: `the probe could not run: ${error.message}` };
    throw error;
  }
}

async function enginesOf(app: App): Promise<Way[]> {
  const hosts = (await hostList(app.system)).filter(({ url }) => url.startsWith('tcp://'));
  return hosts.slice(0, maxEngines).map(({ name, url }) => {
    const { hostname, port } = new URL(url);
    return { what: `the engine of ${name}`, address: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
  });
}
