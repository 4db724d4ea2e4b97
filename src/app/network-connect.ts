import type { TenantScope } from '../db/scope.ts';
import type { ContainerRow } from '../db/store/container.ts';
import { groupBind, groupGet, type NetworkRow } from '../db/store/network.ts';
import type { EndpointSpec } from '../domain/container-spec.ts';
import { BerthError } from '../domain/errors.ts';
import { endpointWrite, linkParse } from '../policy/container-create.write.ts';
import { containerEndpointsChange, endpointNetwork } from './container-endpoints.ts';
import { containerFind } from './container-find.ts';
import { containerEngine } from './container-host.ts';
import { containerScrub } from './container-scrub.ts';
import { containerSeen } from './container-seen.ts';
import type { App } from './context.ts';
import { engineGuard } from './engine-failure.ts';
import { eventOfNetwork, eventTell } from './event-tell.ts';
import { networkEngineName, networkRealize } from './network-realize.ts';

/** Connects a container to one more network. Both are the tenant's; a network that lives on another host is a `conflict`. */
export async function networkConnect(
  app: App,
  scope: TenantScope,
  network: NetworkRow,
  container: string,
  endpoint: EndpointSpec,
): Promise<void> {
  const row = await containerFind(app, scope, container);
  if (row.spec.network.mode !== 'networks')
    throw new BerthError(
      'refused',
      'container sharing network namespace with another container or without a network cannot be connected to any other network',
    );
  await hostAgree(scope, network, row);
  await networkRealize(app, scope, network, row.hostId);
  const linked = new Map<string, string>();
  for (const link of endpoint.links) {
    const reference = linkParse(link).container;
    linked.set(reference, (await containerFind(app, scope, reference)).engineId);
  }
  const added = { ...endpoint, network: network.name, pending: true as const };
  await engineGuard(containerScrub(app, row), () =>
    containerEndpointsChange(
      app,
      row.id,
      async (now) => {
        const others = await endpointsBeside(app, scope, now, network);
        // An engine takes it for another wish where the container does not run.
        if (others.length < endpointsOf(now).length && (await containerSeen(app, now))?.document.State.Running)
          throw new BerthError('refused', `endpoint with name ${now.name} already exists in network ${network.name}`);
        return [...others, added];
      },
      (now) =>
        containerEngine(app, now).json({
          method: 'POST',
          path: `/networks/${networkEngineName(network.id)}/connect`,
          json: {
            Container: row.engineId,
            EndpointConfig: endpointWrite({ ...endpoint, aliases: [...new Set([now.name, ...endpoint.aliases])] }, linked),
          },
        }),
    ),
  );
  await memberTell(app, scope, row, network, 'connect');
}

/** Takes a container off a network. */
export async function networkDisconnect(
  app: App,
  scope: TenantScope,
  network: NetworkRow,
  container: string,
  force: boolean,
): Promise<void> {
  const row = await containerFind(app, scope, container).catch((error: unknown) => {
    // moby looks for a stale endpoint of that name then, which Berth has none of (daemon/container_operations.go).
    throw force && error instanceof BerthError && error.code === 'not_found'
      ? new BerthError('not_found', `endpoint ${container} not found`)
      : error;
  });
  const leave = (): Promise<unknown> =>
    containerEngine(app, row).json({
      method: 'POST',
      path: `/networks/${networkEngineName(network.id)}/disconnect`,
      json: { Container: row.engineId, Force: force },
    });
  await engineGuard(containerScrub(app, row), () =>
    row.spec.network.mode === 'networks'
      ? containerEndpointsChange(app, row.id, (now) => endpointsBeside(app, scope, now, network), leave)
      : leave(),
  );
  await memberTell(app, scope, row, network, 'disconnect');
}

function endpointsOf({ spec }: ContainerRow): EndpointSpec[] {
  return spec.network.mode === 'networks' ? spec.network.endpoints : [];
}

/** The endpoints of a container on other networks than this one. */
async function endpointsBeside(app: App, scope: TenantScope, row: ContainerRow, network: NetworkRow): Promise<EndpointSpec[]> {
  const beside: EndpointSpec[] = [];
  for (const endpoint of endpointsOf(row)) if ((await endpointNetwork(app, scope, endpoint))?.id !== network.id) beside.push(endpoint);
  return beside;
}

/** One that does not run joins its networks when it starts. */
async function memberTell(
  app: App,
  scope: TenantScope,
  row: ContainerRow & { engineId: string },
  network: NetworkRow,
  verb: string,
): Promise<void> {
  const seen = await containerSeen(app, row);
  if (seen?.document.State.Running) await eventTell(app, scope, eventOfNetwork(verb, network, { container: row.engineId }));
}

/** Members of a network share its host: one that is bound nowhere yet goes where this container is. */
async function hostAgree(scope: TenantScope, network: NetworkRow, row: ContainerRow): Promise<void> {
  if (network.groupId === null) return;
  const group = await groupGet(scope, network.groupId);
  const hostId = group?.hostId ?? (await groupBind(scope, network.groupId, row.hostId));
  if (hostId !== row.hostId) {
    throw new BerthError(
      'conflict',
      `network ${network.name} and container ${row.name} are on different hosts, and a network cannot span hosts yet. Create the container with --network ${network.name} instead.`,
    );
  }
}
