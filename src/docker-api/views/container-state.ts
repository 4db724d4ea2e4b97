import type { EngineContainerInspect, EngineHealth } from '../../engine/inspect-types.ts';
import { engineMessageScrub } from '../../policy/engine-message.ts';
import { type ContainerIdentity, containerNames } from './container-identity.ts';
import { humanDuration, humanDurationLasts, timeIsNever } from './go-time.ts';

/** Inspect's `State`. On a host that cannot be reached nothing reads as running or healthy: what is shown is never stale-green. */
export function containerStateView(engine: EngineContainerInspect, own: ContainerIdentity): object {
  const { State: state } = engine;
  const unknown = own.state !== 'known';
  const health = state.Health ? healthView(state.Health, engine, own) : null;
  return {
    Status: containerStatus(engine, own),
    Running: !unknown && state.Running,
    Paused: !unknown && state.Paused,
    Restarting: !unknown && state.Restarting,
    OOMKilled: state.OOMKilled,
    Dead: !unknown && state.Dead,
    Pid: !unknown && state.Pid > 0 ? pseudoPid(own.engineId) : 0,
    ExitCode: state.ExitCode,
    Error:
      own.state === 'known'
        ? state.Error && engineMessageScrub(state.Error, containerNames(engine, own))
        : `host unreachable; last seen ${own.state.unknownSince}`,
    StartedAt: state.StartedAt,
    FinishedAt: state.FinishedAt,
    ...(health && { Health: health }),
  };
}

/** `running`, `exited`, …, and `unknown`, which Docker does not have. */
export function containerStatus(engine: EngineContainerInspect, own: ContainerIdentity): string {
  return own.state === 'known' ? engine.State.Status : 'unknown';
}

/** The health that a filter compares: `none` without a probe (moby container/view.go). */
export function containerHealth(engine: EngineContainerInspect, own: ContainerIdentity): string {
  if (!engine.State.Health) return 'none';
  return own.state === 'known' ? engine.State.Health.Status : 'unknown';
}

/** The STATUS of `docker ps`, word for word that of moby (container/state.go, State.String). */
export function containerStatusText(engine: EngineContainerInspect, own: Pick<ContainerIdentity, 'state'>, now: Date): string {
  const since = (time: string) => humanDuration(now.getTime() - Date.parse(time));
  if (own.state !== 'known') return `Unknown (last seen ${since(own.state.unknownSince)} ago)`;

  const { State: state } = engine;
  if (state.Running) {
    if (state.Paused) return `Up ${since(state.StartedAt)} (Paused)`;
    if (state.Restarting) return `Restarting (${state.ExitCode}) ${since(state.FinishedAt)} ago`;
    if (state.Health && state.Health.Status !== 'none') return `Up ${since(state.StartedAt)} (${healthText(state.Health)})`;
    return `Up ${since(state.StartedAt)}`;
  }
  if (state.Status === 'removing') return 'Removal In Progress';
  if (state.Dead) return 'Dead';
  if (timeIsNever(state.StartedAt)) return 'Created';
  if (timeIsNever(state.FinishedAt)) return '';
  return `Exited (${state.ExitCode}) ${since(state.FinishedAt)} ago`;
}

/** When that text of a container in reach reads differently, if nothing happens to it until then: in milliseconds since 1970, never too late. */
export function containerStatusUntil({ State: { StartedAt, FinishedAt } }: EngineContainerInspect, now: Date): number {
  const told = [StartedAt, FinishedAt].filter((time) => !timeIsNever(time));
  return now.getTime() + Math.min(...told.map((time) => humanDurationLasts(now.getTime() - Date.parse(time))));
}

/** moby container/health.go, Health.String. */
function healthText(health: EngineHealth): string {
  return health.Status === 'starting' ? 'health: starting' : health.Status;
}

function healthView(health: EngineHealth, engine: EngineContainerInspect, own: ContainerIdentity): object {
  return {
    Status: containerHealth(engine, own),
    FailingStreak: health.FailingStreak,
    Log: (health.Log ?? []).map(({ Start, End, ExitCode, Output }) => ({
      Start,
      End,
      ExitCode,
      // A probe's own words are the tenant's. -1 is the engine's own verdict: no probe ran, or it was cut off.
      Output: ExitCode === -1 ? engineMessageScrub(Output, containerNames(engine, own)) : Output,
    })),
  };
}

/** The host's process id says how busy a host is. Clients only ask whether it is above 0, or print it. */
function pseudoPid(engineId: string): number {
  return 1000 + (Number.parseInt(engineId.slice(0, 6), 16) % 31_000 || 0);
}
