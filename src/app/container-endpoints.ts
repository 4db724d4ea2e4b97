import type { TenantScope } from '../db/scope.ts';
import { type ContainerRow, containerGet, containerRelease } from '../db/store/container.ts';
import { containerEndpointsClaim, containerEndpointsDone, containerEndpointsWrite } from '../db/store/container-endpoints.ts';
import type { NetworkRow } from '../db/store/network.ts';
import type { EndpointSpec } from '../domain/container-spec.ts';
import { BerthError } from '../domain/errors.ts';
import { EngineError } from '../engine/engine.ts';
import type { EngineContainerInspect } from '../engine/inspect-types.ts';
import { endpointWrite, linkParse } from '../policy/container-create.write.ts';
import { containerFind } from './container-find.ts';
import { containerEngine } from './container-host.ts';
import { containerTouched } from './container-seen.ts';
import { containerWork } from './container-work.ts';
import type { App } from './context.ts';
import { networkFind } from './network-find.ts';
import { networkEngineName } from './network-realize.ts';

/** An engine lets one change of a container wait for the other for as long as that takes; a start may take longer than a client waits. */
const claimMs = 30_000;
const lookMs = 50;

/**
 * Changes the networks of a container: the row first, by one caller at a time, then the engine. What the engine refuses is taken back;
 * what is cut short is settled by whoever finds it. `change` gets the row as it is then, and throws what stands against it. Throws
 * `not_found`, `conflict` while another change goes on, and what the engine throws.
 */
export async function containerEndpointsChange(
  app: App,
  id: string,
  change: (row: ContainerRow) => Promise<EndpointSpec[]>,
  tell: (row: ContainerRow) => Promise<unknown>,
): Promise<ContainerRow> {
  return containerWork(app, id, async () => {
    const { before, claimed } = await claim(app, id, change);
    app.directory.containers.apply(claimed);
    await app.step('connect:intent');
    try {
      await tell(claimed);
      await app.step('connect:engine');
    } catch (error) {
      // Of an engine that went silent nobody knows what it did: the claim stays, and the rounds settle it.
      if (error instanceof EngineError) {
        const back = await containerEndpointsWrite(app.system, id, app.processId, before.spec.network);
        if (back) app.directory.containers.apply(back);
        await containerRelease(app.system, id, app.processId);
      }
      throw error;
    } finally {
      await containerTouched(app, claimed);
    }
    const done = await containerEndpointsDone(app.system, id, app.processId);
    if (done) app.directory.containers.apply(done);
    return done ?? claimed;
  });
}

async function claim(
  app: App,
  id: string,
  change: (row: ContainerRow) => Promise<EndpointSpec[]>,
): Promise<{ before: ContainerRow; claimed: ContainerRow }> {
  for (const end = Date.now() + claimMs; ; ) {
    const before = await containerGet(app.system, id);
    if (before?.state !== 'created') throw new BerthError('not_found', `No such container: ${before?.name ?? id}`);
    const endpoints = await change(before);
    const claimed = await containerEndpointsClaim(app.system, before, endpoints, app.processId);
    if (claimed) return { before, claimed };
    if (Date.now() > end)
      throw new BerthError('conflict', `Another change of container ${before.name} is under way. Try again when it has ended.`);
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

/**
 * Brings an engine in line with the networks of a row whose change was cut short. A pending endpoint that the engine refuses leaves the
 * row: its client never had an answer. Any other was there before, as when a rename was cut short between leaving a network and joining it
 * again, and is tried until it is back. May be started twice. Throws what the engine throws.
 */
export async function containerEndpointsSettle(app: App, scope: TenantScope, row: ContainerRow): Promise<ContainerRow> {
  if (row.spec.network.mode !== 'networks') return row;
  const engine = containerEngine(app, row);
  const networksOf = async () => {
    const document = await engine.json<EngineContainerInspect>({ method: 'GET', path: `/containers/${row.engineId}/json` });
    return new Set(Object.keys(document.NetworkSettings.Networks ?? {}));
  };
  const has = await networksOf();
  const { endpoints } = row.spec.network;
  const kept: EndpointSpec[] = [];
  const wanted = new Set<string>();
  for (const { pending, ...endpoint } of endpoints) {
    const found = await endpointNetwork(app, scope, endpoint);
    const network = found && networkEngineName(found.id);
    if (network !== null) wanted.add(network);
    try {
      if (network !== null && !has.has(network)) await endpointConnect(app, scope, row, network, endpoint);
      kept.push(endpoint);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      // What a dead process asked for may have come first.
      if (network !== null && (await networksOf()).has(network)) kept.push(endpoint);
      else if (!pending) throw error;
    }
  }
  for (const network of has) {
    if (wanted.has(network) || !network.startsWith(networkEngineName(''))) continue;
    try {
      await engine.json({ method: 'POST', path: `/networks/${network}/disconnect`, json: { Container: row.engineId, Force: true } });
    } catch (error) {
      // The network itself may be gone while the container does not run.
      if (!(error instanceof EngineError && error.status === 404)) throw error;
    }
  }
  if (kept.length === endpoints.length && endpoints.every(({ pending }) => !pending)) return row;
  const written = await containerEndpointsWrite(app.system, row.id, app.processId, { mode: 'networks', endpoints: kept });
  if (written) app.directory.containers.apply(written);
  return written ?? row;
}

/** The network of an endpoint; null for one that was removed since, which a container that does not run may name. */
export async function endpointNetwork(app: App, scope: TenantScope, { network }: EndpointSpec): Promise<NetworkRow | null> {
  return foundOrNull(networkFind(app, scope, network));
}

/** Puts a container on a network of its row anew, given the engine's name of it. Throws what the engine throws. */
export async function endpointConnect(
  app: App,
  scope: TenantScope,
  row: ContainerRow,
  network: string,
  endpoint: EndpointSpec,
): Promise<void> {
  const linked = new Map<string, string>();
  for (const link of endpoint.links) {
    const reference = linkParse(link).container;
    const found = await foundOrNull(containerFind(app, scope, reference));
    if (found) linked.set(reference, found.engineId);
  }
  // What a link names may be gone by now, and nothing is linked to that any more.
  const links = endpoint.links.filter((link) => linked.has(linkParse(link).container));
  const settings = endpointWrite({ ...endpoint, links, aliases: [...new Set([row.name, ...endpoint.aliases])] }, linked);
  const json = { Container: row.engineId, EndpointConfig: settings };
  await containerEngine(app, row).json({ method: 'POST', path: `/networks/${network}/connect`, json });
}

async function foundOrNull<T>(finding: Promise<T>): Promise<T | null> {
  try {
    return await finding;
  } catch (error) {
    if (error instanceof BerthError && error.code === 'not_found') return null;
    throw error;
  }
}
