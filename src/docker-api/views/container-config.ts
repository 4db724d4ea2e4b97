import type { ImageRunConfig } from '../../domain/image-config.ts';
import type { EngineContainerInspect } from '../../engine/inspect-types.ts';
import { apiChanged } from '../versions.ts';
import type { ContainerIdentity } from './container-identity.ts';
import { ownLabels } from './own-labels.ts';

/** Environment that the platform adds to every container; the tenant's own variable of such a name is shown. */
const platformEnv = /^BERTH_[A-Z0-9_]*=/;

/** Inspect's `Config`: what the tenant asked for, completed by the image, as the engine has put them together. */
export function containerConfig(engine: EngineContainerInspect, own: ContainerIdentity, apiVersion: string): object {
  const { Config: config } = engine;
  const asked = new Set(own.spec.env);
  return {
    ...commonConfig(config, apiVersion),
    Hostname: hostname(config, own),
    Domainname: own.spec.domainname,
    Env: (config.Env ?? []).filter((line) => asked.has(line) || !platformEnv.test(line)),
    Image: own.image,
    Labels: ownLabels(config.Labels, own.labels),
    ...(own.spec.networkDisabled && { NetworkDisabled: true }),
  };
}

/** An image's `Config`, and what a container's has in common with it. Fields that Go omits when empty are omitted. */
export function commonConfig(config: ImageRunConfig, apiVersion: string): object {
  return {
    Hostname: '',
    Domainname: '',
    User: config.User ?? '',
    AttachStdin: config.AttachStdin ?? false,
    AttachStdout: config.AttachStdout ?? false,
    AttachStderr: config.AttachStderr ?? false,
    ...(config.ExposedPorts && { ExposedPorts: keySet(config.ExposedPorts) }),
    Tty: config.Tty ?? false,
    OpenStdin: config.OpenStdin ?? false,
    StdinOnce: config.StdinOnce ?? false,
    Env: config.Env ?? null,
    Cmd: config.Cmd ?? null,
    ...(config.Healthcheck && { Healthcheck: healthcheckView(config.Healthcheck, apiVersion) }),
    ...(config.ArgsEscaped && { ArgsEscaped: true }),
    Image: '',
    Volumes: config.Volumes ? keySet(config.Volumes) : null,
    WorkingDir: config.WorkingDir ?? '',
    Entrypoint: config.Entrypoint ?? null,
    OnBuild: config.OnBuild ?? null,
    Labels: config.Labels ? ownLabels(config.Labels) : null,
    ...(config.StopSignal && { StopSignal: config.StopSignal }),
    ...(typeof config.StopTimeout === 'number' && { StopTimeout: config.StopTimeout }),
    ...(config.Shell && { Shell: config.Shell }),
  };
}

function healthcheckView(health: NonNullable<ImageRunConfig['Healthcheck']>, apiVersion: string): object {
  return {
    ...(health.Test && { Test: health.Test }),
    ...(health.Interval && { Interval: health.Interval }),
    ...(health.Timeout && { Timeout: health.Timeout }),
    ...(health.StartPeriod && { StartPeriod: health.StartPeriod }),
    ...(health.StartInterval && apiChanged(apiVersion, 'healthStartInterval') && { StartInterval: health.StartInterval }),
    ...(health.Retries && { Retries: health.Retries }),
  };
}

/** An engine may give a container the host's name. What it makes up itself is the short id, or the name of a container that this one joins. */
function hostname(config: ImageRunConfig, own: ContainerIdentity): string {
  const { hostname: asked, network } = own.spec;
  if (asked !== '') return asked;
  const made = config.Hostname ?? '';
  return network.mode === 'container' || /^[0-9a-f]{12}$/.test(made) ? made : own.engineId.slice(0, 12);
}

function keySet(set: Record<string, object>): Record<string, object> {
  return Object.fromEntries(Object.keys(set).map((key) => [key, {}]));
}
