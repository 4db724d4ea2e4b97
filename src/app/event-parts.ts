import type { NetworkRow } from '../db/store/network.ts';
import type { ContainerSpec } from '../domain/container-spec.ts';
import type { EventNew } from '../domain/event.ts';
import { builtinNetwork } from './network-find.ts';

interface Life {
  action: string;
  actorId: string;
  spec: Pick<ContainerSpec, 'network' | 'mounts'>;
  /** The tenant's. */
  networks: readonly Pick<NetworkRow, 'id' | 'name'>[];
}

type Part = Pick<EventNew, 'type' | 'action' | 'actorId' | 'actorName' | 'attributes'>;

/**
 * What an engine tells of the networks and volumes of a container that starts or ends, which is not asked of it: it would tell of them in
 * its own names. At a start it comes before, at an end after. Source: moby, daemon/start.go and daemon/monitor.go.
 */
export function eventParts({ action, actorId, spec, networks }: Life): { before: Part[]; after: Part[] } {
  if (action === 'start') return { before: [...networkParts('connect'), ...volumeParts('mount')], after: [] };
  if (action === 'die') return { before: [], after: [...networkParts('disconnect'), ...volumeParts('unmount')] };
  return { before: [], after: [] };

  function networkParts(verb: string): Part[] {
    const endpoints = spec.network.mode === 'networks' ? spec.network.endpoints : [];
    return endpoints.flatMap(({ network }) => {
      const wanted = network === 'default' ? builtinNetwork : network;
      const found = networks.find(({ id, name }) => name === wanted || id === wanted);
      if (!found) return [];
      const attributes = { container: actorId, name: found.name, type: 'bridge' };
      return [{ type: 'network' as const, action: verb, actorId: found.id, actorName: found.name, attributes }];
    });
  }

  function volumeParts(verb: string): Part[] {
    return spec.mounts.flatMap((mount) => {
      if (mount.type !== 'volume' || mount.source === null) return [];
      const used = { container: actorId, driver: 'local' };
      const mounted = { destination: mount.target, propagation: '', 'read/write': String(!mount.readOnly) };
      const attributes = verb === 'mount' ? { ...used, ...mounted } : used;
      return [{ type: 'volume' as const, action: verb, actorId: mount.source, actorName: mount.source, attributes }];
    });
  }
}
