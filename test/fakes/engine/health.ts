import { type Container, containerEvent, containerFind } from './container.ts';
import type { HealthcheckConfig } from './container-config.ts';
import { idNew } from './ids.ts';
import { Process } from './program.ts';
import { scriptEnds } from './script.ts';
import type { EngineState } from './state.ts';
import { rfc3339Nano } from './time.ts';

export type HealthStatus = 'starting' | 'healthy' | 'unhealthy';

export interface Health {
  status: HealthStatus;
  failingStreak: number;
  /** The last five probes, as an engine keeps them. */
  log: { start: bigint; end: bigint; exitCode: number; output: string }[];
  timer: NodeJS.Timeout | undefined;
}

const defaultIntervalMs = 30_000;
const defaultRetries = 3;
const keptProbes = 5;

/** Starts the probes of a container that has a health check. A check that never ends leaves the state to `healthSet`. */
export function healthBegin(engine: EngineState, container: Container): void {
  const check = container.config.Healthcheck;
  const argv = check === undefined ? [] : probeArgv(check);
  if (check === undefined || argv.length === 0) return;
  container.health = { status: 'starting', failingStreak: 0, log: [], timer: undefined };
  if (scriptEnds(argv)) probeLater(engine, container, check, argv);
}

export function healthEnd(container: Container): void {
  if (container.health === null) return;
  clearTimeout(container.health.timer);
  if (container.health.status !== 'starting') container.health.status = 'unhealthy';
}

/** Puts a container into a health state, as if its probes had said so. */
export function healthSet(engine: EngineState, ref: string, status: HealthStatus): void {
  const container = containerFind(engine, ref);
  container.health ??= { status: 'starting', failingStreak: 0, log: [], timer: undefined };
  clearTimeout(container.health.timer);
  container.health.failingStreak = status === 'unhealthy' ? defaultRetries : 0;
  statusChange(engine, container, container.health, status);
}

export function healthDocument({ status, failingStreak, log }: Health) {
  const Log = log.map(({ start, end, exitCode, output }) => ({
    Start: rfc3339Nano(start),
    End: rfc3339Nano(end),
    ExitCode: exitCode,
    Output: output,
  }));
  return { Status: status, FailingStreak: failingStreak, Log };
}

function probeArgv({ Test = [] }: HealthcheckConfig): string[] {
  if (Test[0] === 'CMD') return Test.slice(1);
  return Test[0] === 'CMD-SHELL' ? ['/bin/sh', '-c', Test[1] ?? ''] : [];
}

function probeLater(engine: EngineState, container: Container, check: HealthcheckConfig, argv: string[]): void {
  const health = container.health;
  if (health === null) return;
  health.timer = setTimeout(() => probeRun(engine, container, check, argv, health), (check.Interval ?? 0) / 1e6 || defaultIntervalMs);
  health.timer.unref();
}

function probeRun(engine: EngineState, container: Container, check: HealthcheckConfig, argv: string[], health: Health): void {
  const execID = idNew();
  const command = `${argv[0]} ${argv.slice(1).join(' ')}`;
  const start = engine.clock.nanos();
  const printed: Buffer[] = [];
  containerEvent(engine, container, `exec_create: ${command}`, { execID });
  containerEvent(engine, container, `exec_start: ${command}`, { execID });
  const probe = new Process(argv, {
    env: [],
    stdinOpen: false,
    output: (_stream, data) => printed.push(data),
    fileRead: () => null,
    exited(exitCode) {
      containerEvent(engine, container, 'exec_die', { execID, exitCode: String(exitCode) });
      if (container.process === null || container.health !== health) return;
      health.log = [...health.log, { start, end: engine.clock.nanos(), exitCode, output: Buffer.concat(printed).toString() }].slice(
        -keptProbes,
      );
      health.failingStreak = exitCode === 0 ? 0 : health.failingStreak + 1;
      if (exitCode === 0) statusChange(engine, container, health, 'healthy');
      else if (health.failingStreak >= (check.Retries || defaultRetries)) statusChange(engine, container, health, 'unhealthy');
      probeLater(engine, container, check, argv);
    },
  });
  probe.start();
}

function statusChange(engine: EngineState, container: Container, health: Health, status: HealthStatus): void {
  if (health.status === status) return;
  health.status = status;
  containerEvent(engine, container, `health_status: ${status}`);
}
