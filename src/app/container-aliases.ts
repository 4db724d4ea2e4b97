import type { TenantScope } from '../db/scope.ts';
import type { ContainerRow } from '../db/store/container.ts';
import type { EngineContainerInspect } from '../engine/inspect-types.ts';
import { endpointConnect, endpointNetwork } from './container-endpoints.ts';
import { containerEngine } from './container-host.ts';
import type { App } from './context.ts';
import { networkKnown } from './network-find.ts';
import { networkEngineName } from './network-realize.ts';

/**
 * Gives a container the aliases of its row on each of its networks: its name first. An engine changes them only by connecting anew,
 * which keeps the address where there is one. May be started twice. Throws what the engine throws.
 */
export async function containerAliasesSettle(app: App, scope: TenantScope, row: ContainerRow): Promise<void> {
  if (row.spec.network.mode !== 'networks') return;
  const engine = containerEngine(app, row);
  const document = await engine.json<EngineContainerInspect>({ method: 'GET', path: `/containers/${row.engineId}/json` });
  for (const endpoint of row.spec.network.endpoints) {
    const found = await endpointNetwork(app, scope, endpoint);
    if (!found) continue;
    const network = networkEngineName(found.id);
    const connected = document.NetworkSettings.Networks?.[network];
    if (!connected) {
      await endpointConnect(app, scope, row, network, endpoint);
      continue;
    }
    const wanted = [row.name, ...endpoint.aliases.filter((alias) => alias !== row.name)];
    if (sameAliases(connected.Aliases ?? [], wanted, document.Id)) continue;
    const address = endpoint.ipv4 ?? connected.IPAddress;
    const settings = { Aliases: wanted, Links: connected.Links ?? [], ...(address && { IPAMConfig: { IPv4Address: address } }) };
    await engine.json({ method: 'POST', path: `/networks/${network}/disconnect`, json: { Container: row.engineId, Force: false } });
    await engine.json({
      method: 'POST',
      path: `/networks/${network}/connect`,
      json: { Container: row.engineId, EndpointConfig: settings },
    });
  }
}

/**
 * Whether its engine has it on the networks of its row, and knows it by its name on each it has it on: two renames at once may reach the
 * engine in the other order, and a call of a process that died may arrive late. Networks of a container that does not run may be gone.
 */
export function containerNetworksKnown(app: App, row: ContainerRow, document: EngineContainerInspect): boolean {
  if (row.spec.network.mode !== 'networks') return true;
  const { endpoints } = row.spec.network;
  const has = document.NetworkSettings.Networks ?? {};
  const networks = Object.values(has);
  if (networks.length === 0 && endpoints.length > 0) return false;
  const missing = endpoints.some(({ network }) => {
    const wanted = networkKnown(app, row.tenantId, network);
    return wanted !== undefined && !has[networkEngineName(wanted.id)];
  });
  if (missing && document.State.Running) return false;
  return networks.every((connected) => connected?.Aliases?.includes(row.name) ?? false);
}

/** An engine adds the beginning of the container's id by itself. */
function sameAliases(found: readonly string[], wanted: readonly string[], engineId: string): boolean {
  const given = new Set(found.filter((alias) => alias !== engineId.slice(0, 12)));
  return given.size === new Set(wanted).size && wanted.every((alias) => given.has(alias));
}
