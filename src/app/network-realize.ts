import type { TenantScope } from '../db/scope.ts';
import { type NetworkRow, type RealizationRow, realizationEnsure, realizationMade, realizationMove } from '../db/store/network.ts';
import { BerthError } from '../domain/errors.ts';
import { labels } from '../domain/labels.ts';
import { EngineError } from '../engine/engine.ts';
import { hostEngine } from './container-host.ts';
import type { App } from './context.ts';

/** The engine's name of a network: from the row alone, so that a retry finds what an earlier try made. */
export function networkEngineName(networkId: string): string {
  return `berth-${networkId.slice(0, 32)}`;
}

/** The n-th /24 of 100.64.0.0/10. */
export function networkSubnet(index: number): { subnet: string; gateway: string } {
  const address = `100.${64 + (index >> 8)}.${index & 0xff}`;
  return { subnet: `${address}.0/24`, gateway: `${address}.1` };
}

const underWay = new Map<string, Promise<RealizationRow>>();

/** Makes sure that a network exists on a host, with a subnet that nothing else in the fleet has. */
export function networkRealize(app: App, scope: TenantScope, network: NetworkRow, hostId: string): Promise<RealizationRow> {
  const known = app.directory.realizations.get(network.id).find((row) => row.hostId === hostId);
  if (known?.engineId) return Promise.resolve(known);
  const key = `${app.processId}/${network.id}/${hostId}`;
  let work = underWay.get(key);
  if (!work) {
    work = realize(app, scope, network, hostId).finally(() => underWay.delete(key));
    underWay.set(key, work);
  }
  return work;
}

async function realize(app: App, scope: TenantScope, network: NetworkRow, hostId: string): Promise<RealizationRow> {
  const engine = hostEngine(app, hostId);
  let row = await realizationEnsure(app.system, network.id, hostId);
  for (let attempt = 0; row.engineId === null && attempt < 8; attempt++) {
    const { subnet, gateway } = networkSubnet(row.subnetIndex);
    const name = networkEngineName(network.id);
    try {
      const made = await engine.json<{ Id: string }>({
        method: 'POST',
        path: '/networks/create',
        json: {
          Name: name,
          Driver: 'bridge',
          CheckDuplicate: true,
          Internal: network.internal,
          IPAM: { Driver: 'default', Config: [{ Subnet: subnet, Gateway: gateway }] },
          Labels: { [labels.installation]: app.installation, [labels.tenant]: scope.tenantId, [labels.network]: network.id },
        },
      });
      row = { ...row, engineId: made.Id };
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (error.status === 409)
        row = { ...row, engineId: (await engine.json<{ Id: string }>({ method: 'GET', path: `/networks/${name}` })).Id };
      // Somebody else on that machine uses this range: take another one.
      else if (/overlap/i.test(error.message)) row = await realizationMove(app.system, network.id, hostId);
      else throw error;
    }
  }
  if (row.engineId === null)
    throw new BerthError(
      'unavailable',
      'No free subnet was found for this network on its host. Ask the operator to look at the address ranges in use there.',
    );
  await realizationMade(app.system, network.id, hostId, row.engineId);
  app.directory.realizations.apply(row);
  return row;
}
