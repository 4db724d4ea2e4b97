import { type Container, containerArgv, containerEvent, containerFind, containerRuns } from './container.ts';
import { EngineError } from './engine-error.ts';
import { containerFileRead } from './files.ts';
import { healthBegin, healthEnd } from './health.ts';
import type { Call, Reply, Route } from './http.ts';
import { mountEvents } from './mounts.ts';
import { endpointJoin, endpointLeave, networkFind } from './network.ts';
import { portsPublish, portsRelease } from './ports.ts';
import { Process } from './program.ts';
import { signalNumber } from './signals.ts';
import type { EngineState } from './state.ts';
import { terminalOutput } from './stdio.ts';

/** An engine waits so long before it runs a container again, and doubles it while runs are short. */
const restartDelayMs = 100;
const defaultStopSeconds = 10;

export const lifecycleRoutes: Route[] = [
  { method: 'POST', path: '/containers/{id}/start', handle: startCall },
  { method: 'POST', path: '/containers/{id}/stop', handle: stopCall },
  { method: 'POST', path: '/containers/{id}/restart', handle: restartCall },
  { method: 'POST', path: '/containers/{id}/kill', handle: killCall },
  { method: 'POST', path: '/containers/{id}/pause', handle: pauseCall },
  { method: 'POST', path: '/containers/{id}/unpause', handle: unpauseCall },
];

function startCall(engine: EngineState, call: Call): Reply {
  const container = containerFind(engine, call.params.id ?? '');
  if (container.status === 'paused') throw new EngineError(409, 'cannot start a paused container, try unpause instead');
  if (containerRuns(container)) return { status: 304 };
  container.restartCount = 0;
  containerStart(engine, container);
  return { status: 204 };
}

/** Joins networks, publishes ports and starts the process; what fails is shown as `State.Error`. */
function containerStart(engine: EngineState, container: Container): void {
  try {
    for (const [name, endpoint] of container.endpoints) endpointJoin(engine, container, networkFind(engine, name), endpoint);
    portsPublish(engine, container);
  } catch (error) {
    runEnd(engine, container);
    container.exitCode = 128;
    container.error = (error as Error).message;
    throw error;
  }
  mountEvents(engine, container, 'mount');
  engine.lastPid += 1;
  container.pid = engine.lastPid;
  container.status = 'running';
  container.exitCode = 0;
  container.error = '';
  container.stoppedByHand = false;
  container.startedAt = engine.clock.nanos();
  container.process = processMake(engine, container);
  containerEvent(engine, container, 'start');
  container.stdio.start(container.process);
  container.process.start();
  healthBegin(engine, container);
}

function processMake(engine: EngineState, container: Container): Process {
  const { Env, OpenStdin, Tty } = container.config;
  return new Process(containerArgv(container), {
    env: Env ?? [],
    stdinOpen: OpenStdin,
    output(stream, data) {
      const shown = Tty ? terminalOutput(data) : data;
      container.log.write(Tty ? 1 : stream, engine.clock.nanos(), shown);
      container.stdio.output(Tty ? 1 : stream, shown);
    },
    fileRead: (path) => containerFileRead(engine, container, path),
    exited: (code) => processExited(engine, container, code),
  });
}

function processExited(engine: EngineState, container: Container, code: number): void {
  const ranFor = engine.clock.nanos() - (container.startedAt ?? 0n);
  container.process = null;
  container.pid = 0;
  container.exitCode = code;
  container.finishedAt = engine.clock.nanos();
  const again = restartWanted(container);
  container.status = again ? 'restarting' : 'exited';
  for (const execId of container.execs) engine.execs.get(execId)?.process?.signal(9);
  healthEnd(container);
  containerEvent(engine, container, 'die', { exitCode: String(code) });
  runEnd(engine, container);
  mountEvents(engine, container, 'unmount');
  container.stdio.end();
  for (const waiter of container.exitWaiters.splice(0)) waiter();
  if (again) restartLater(engine, container, ranFor);
  else if (container.hostConfig.AutoRemove) containerDestroy(engine, container, true);
}

function runEnd(engine: EngineState, container: Container): void {
  for (const endpoint of container.endpoints.values()) endpointLeave(engine, container, endpoint);
  portsRelease(engine, container);
}

function restartWanted({ hostConfig: { RestartPolicy }, stoppedByHand, exitCode, restartCount }: Container): boolean {
  if (stoppedByHand) return false;
  if (RestartPolicy.Name !== 'on-failure') return RestartPolicy.Name === 'always' || RestartPolicy.Name === 'unless-stopped';
  return exitCode !== 0 && (RestartPolicy.MaximumRetryCount === 0 || restartCount < RestartPolicy.MaximumRetryCount);
}

function restartLater(engine: EngineState, container: Container, ranFor: bigint): void {
  const delay = ranFor > 10_000_000_000n ? restartDelayMs : Math.min(restartDelayMs * 2 ** container.restartCount, 60_000);
  container.restartCount += 1;
  container.restartTimer = setTimeout(() => {
    try {
      containerStart(engine, container);
    } catch {
      container.status = 'exited'; // the reason stands in State.Error
    }
  }, delay);
  container.restartTimer.unref();
}

/** Ends a container for good: by hand, so no restart policy applies. Does nothing to one that does not run. */
function containerSignal(engine: EngineState, container: Container, signal: number): void {
  if (container.status === 'restarting') {
    clearTimeout(container.restartTimer);
    container.status = 'exited';
    return;
  }
  container.stoppedByHand = true;
  containerEvent(engine, container, 'kill', { signal: String(signal) });
  if (container.status === 'paused') containerThaw(engine, container);
  container.process?.signal(signal);
}

async function containerStop(engine: EngineState, container: Container, seconds: number | null): Promise<void> {
  if (!containerRuns(container)) return;
  const left = seconds ?? container.config.StopTimeout ?? defaultStopSeconds;
  containerSignal(engine, container, signalNumber(container.config.StopSignal || 'TERM'));
  if (containerRuns(container) && !(await exitWithin(container, left))) {
    containerSignal(engine, container, 9);
  }
  containerEvent(engine, container, 'stop');
}

/** False when the process still runs after so many seconds; fewer than none wait for ever. */
function exitWithin(container: Container, seconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = seconds < 0 ? undefined : setTimeout(() => resolve(false), seconds * 1000);
    container.exitWaiters.push(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

async function stopCall(engine: EngineState, call: Call): Promise<Reply> {
  const container = containerFind(engine, call.params.id ?? '');
  if (!containerRuns(container)) return { status: 304 };
  await containerStop(engine, container, secondsOf(call));
  return { status: 204 };
}

async function restartCall(engine: EngineState, call: Call): Promise<Reply> {
  const container = containerFind(engine, call.params.id ?? '');
  await containerStop(engine, container, secondsOf(call));
  containerStart(engine, container);
  containerEvent(engine, container, 'restart');
  return { status: 204 };
}

function secondsOf(call: Call): number | null {
  const text = call.query.get('t');
  if (text === null || text === '') return null;
  if (!/^-?\d+$/.test(text)) throw new EngineError(400, `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function killCall(engine: EngineState, call: Call): Reply {
  const ref = call.params.id ?? '';
  const signal = signalNumber(call.query.get('signal') || 'KILL');
  const container = killable(engine, ref);
  containerSignal(engine, container, signal);
  return { status: 204 };
}

function killable(engine: EngineState, ref: string): Container {
  try {
    const container = containerFind(engine, ref);
    runningCheck(container);
    return container;
  } catch (error) {
    if (error instanceof EngineError) throw new EngineError(error.status, `Cannot kill container: ${ref}: ${error.message}`);
    throw error;
  }
}

export function runningCheck(container: Container): void {
  if (!containerRuns(container)) throw new EngineError(409, `Container ${container.id} is not running`);
}

function pauseCall(engine: EngineState, call: Call): Reply {
  const container = containerFind(engine, call.params.id ?? '');
  runningCheck(container);
  if (container.status === 'paused') throw new EngineError(409, `Container ${container.id} is already paused`);
  if (container.status === 'restarting')
    throw new EngineError(409, `Container ${container.id} is restarting, wait until the container is running`);
  container.process?.freeze();
  container.status = 'paused';
  containerEvent(engine, container, 'pause');
  return { status: 204 };
}

function unpauseCall(engine: EngineState, call: Call): Reply {
  const container = containerFind(engine, call.params.id ?? '');
  if (container.status !== 'paused') throw new EngineError(500, `Container ${container.id} is not paused`);
  containerThaw(engine, container);
  return { status: 204 };
}

function containerThaw(engine: EngineState, container: Container): void {
  container.status = 'running';
  containerEvent(engine, container, 'unpause');
  container.process?.thaw();
}

/** Removes what does not run, or what runs by force. Anonymous volumes go with it when asked. */
export function containerRemove(engine: EngineState, container: Container, options: { force: boolean; volumes: boolean }): void {
  if (containerRuns(container)) {
    if (!options.force)
      throw new EngineError(409, `You cannot remove a ${container.status} container ${container.id}. ${removeAdvice(container)}`);
    containerSignal(engine, container, 9);
  }
  if (engine.containers.has(container.id)) containerDestroy(engine, container, options.volumes);
}

function removeAdvice({ status }: Container): string {
  if (status === 'paused') return 'Unpause and then stop the container before attempting removal or force remove';
  return 'Stop the container before attempting removal or force remove';
}

function containerDestroy(engine: EngineState, container: Container, withVolumes: boolean): void {
  engine.containers.delete(container.id);
  engine.names.delete(container.name);
  for (const execId of container.execs) engine.execs.delete(execId);
  containerEvent(engine, container, 'destroy');
  for (const { type, name, anonymous } of container.mounts) {
    const volume = type === 'volume' ? engine.volumes.get(name) : undefined;
    volume?.users.delete(container.id);
    if (withVolumes && anonymous && volume?.users.size === 0) engine.volumes.delete(name);
  }
  for (const waiter of [...container.exitWaiters.splice(0), ...container.removeWaiters.splice(0)]) waiter();
}

/** What a restarted engine does to what it finds dead: everything ended, and policies say what runs again. */
export function containersLose(engine: EngineState): void {
  for (const container of engine.containers.values()) container.process?.signal(9);
}
