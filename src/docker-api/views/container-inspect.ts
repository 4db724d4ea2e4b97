import type { EngineContainerInspect } from '../../engine/inspect-types.ts';
import { containerConfig } from './container-config.ts';
import { containerHostConfig } from './container-host-config.ts';
import type { ContainerIdentity } from './container-identity.ts';
import { containerMounts } from './container-mounts.ts';
import { containerNetworkSettings } from './container-networks.ts';
import { containerStateView } from './container-state.ts';

/**
 * The reply to `GET /containers/{id}/json`, written field by field: a field that an engine adds tomorrow is not shown. Every key
 * of an engine of API 1.41 to 1.47 is there; paths of the host and what its security modules are called are empty.
 * `SizeRw` and `SizeRootFs` are shown when the engine was asked for them.
 */
export function containerInspectView(engine: EngineContainerInspect, own: ContainerIdentity, apiVersion: string): object {
  return {
    Id: own.engineId,
    Created: engine.Created,
    Path: engine.Path,
    Args: engine.Args ?? [],
    State: containerStateView(engine, own),
    Image: engine.Image,
    ResolvConfPath: '',
    HostnamePath: '',
    HostsPath: '',
    LogPath: '',
    Name: `/${own.name}`,
    RestartCount: engine.RestartCount,
    Driver: storageDriver,
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: engine.ExecIDs,
    HostConfig: containerHostConfig(own, apiVersion),
    GraphDriver: { Data: null, Name: storageDriver },
    ...(engine.SizeRw !== undefined && { SizeRw: engine.SizeRw }),
    ...(engine.SizeRootFs !== undefined && { SizeRootFs: engine.SizeRootFs }),
    Mounts: containerMounts(engine, own),
    Config: containerConfig(engine, own, apiVersion),
    NetworkSettings: containerNetworkSettings(engine, own, apiVersion),
  };
}

/** Hosts differ in it, and a tenant can do nothing about it; tools expect one that they know. */
export const storageDriver = 'overlay2';
