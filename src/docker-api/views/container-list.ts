import type { EngineContainerInspect } from '../../engine/inspect-types.ts';
import { type ContainerIdentity, containerIdShown } from './container-identity.ts';
import { containerMounts } from './container-mounts.ts';
import { containerNetworkMode, containerNetworksView, containerPorts } from './container-networks.ts';
import { containerStatus, containerStatusText } from './container-state.ts';
import { unixSeconds } from './go-time.ts';
import { ownLabels } from './own-labels.ts';

/** One line of `GET /containers/json`, made from an inspect document as moby makes it from its own (container/view.go, transform). */
export function containerListItem(engine: EngineContainerInspect, own: ContainerIdentity, apiVersion: string, now: Date): object {
  return {
    Id: own.engineId,
    Names: [`/${own.name}`],
    Image: own.image,
    ImageID: engine.Image,
    Command: commandText(engine),
    Created: unixSeconds(engine.Created),
    Ports: containerPorts(engine, own).flatMap(({ containerPort, protocol, published }) =>
      published.length === 0
        ? [{ PrivatePort: containerPort, Type: protocol }]
        : published.map(({ ip, port }) => ({ IP: ip, PrivatePort: containerPort, PublicPort: port, Type: protocol })),
    ),
    // Go leaves a zero out.
    ...(engine.SizeRw && { SizeRw: engine.SizeRw }),
    ...(engine.SizeRootFs && { SizeRootFs: engine.SizeRootFs }),
    Labels: ownLabels(engine.Config.Labels, own.labels),
    State: containerStatus(engine, own),
    Status: containerStatusText(engine, own, now),
    HostConfig: { NetworkMode: containerNetworkMode(own, apiVersion, (reference) => containerIdShown(reference, own)) },
    NetworkSettings: { Networks: containerNetworksView(engine, own, apiVersion, 'list') },
    Mounts: containerMounts(engine, own),
  };
}

/** Arguments with a space stand in single quotes, unescaped. */
function commandText({ Path, Args }: EngineContainerInspect): string {
  return [Path, ...(Args ?? []).map((arg) => (arg.includes(' ') ? `'${arg}'` : arg))].join(' ');
}
