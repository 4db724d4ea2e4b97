import { type Container, containerEvent, containerFind } from './container.ts';
import { EngineError } from './engine-error.ts';
import { containerFileRead } from './files.ts';
import { bodyJson, type Call, type Reply, type Route } from './http.ts';
import { idNew } from './ids.ts';
import { runningCheck } from './lifecycle.ts';
import { Process } from './program.ts';
import { sessionRun } from './session.ts';
import type { EngineState } from './state.ts';
import { Stdio, terminalOutput } from './stdio.ts';

interface ExecRequest {
  Cmd?: string[];
  Env?: string[] | null;
  Tty?: boolean;
  AttachStdin?: boolean;
  AttachStdout?: boolean;
  AttachStderr?: boolean;
  Privileged?: boolean;
  User?: string;
  WorkingDir?: string;
}

export interface Exec {
  readonly id: string;
  readonly container: Container;
  readonly request: ExecRequest;
  readonly stdio: Stdio;
  process: Process | null;
  pid: number;
  /** null until it has ended. */
  exitCode: number | null;
}

export const execRoutes: Route[] = [
  { method: 'POST', path: '/containers/{id}/exec', handle: execCreate },
  { method: 'POST', path: '/exec/{id}/start', handle: execStart },
  { method: 'POST', path: '/exec/{id}/resize', handle: execResize },
  {
    method: 'GET',
    path: '/exec/{id}/json',
    handle: (engine, { params }) => ({ status: 200, json: execDocument(execFind(engine, params.id ?? '')) }),
  },
];

function execFind(engine: EngineState, id: string): Exec {
  const exec = engine.execs.get(id);
  if (exec === undefined || !engine.containers.has(exec.container.id)) throw new EngineError(404, `No such exec instance: ${id}`);
  return exec;
}

function execCreate(engine: EngineState, call: Call): Reply {
  const request = bodyJson<ExecRequest>(call, true);
  if (!request.Cmd?.length) throw new EngineError(400, 'No exec command specified');
  const ref = call.params.id ?? '';
  const container = containerFind(engine, ref);
  runningCheck(container);
  if (container.status === 'paused') throw new EngineError(409, `Container ${ref} is paused, unpause the container before exec`);
  if (container.status === 'restarting') throw new EngineError(409, `Container ${ref} is restarting, wait until the container is running`);
  const exec: Exec = { id: idNew(), container, request, stdio: new Stdio(), process: null, pid: 0, exitCode: null };
  engine.execs.set(exec.id, exec);
  container.execs.add(exec.id);
  execEvent(engine, exec, `exec_create: ${commandOf(exec)}`);
  return { status: 201, json: { Id: exec.id } };
}

function execStart(engine: EngineState, call: Call): Reply {
  const { Detach = false } = bodyJson<{ Detach?: boolean }>(call);
  const exec = execFind(engine, call.params.id ?? '');
  runningCheck(exec.container);
  if (exec.exitCode !== null) throw new EngineError(409, `Error: Exec command ${exec.id} has already run`);
  if (exec.process !== null) throw new EngineError(409, `Error: Exec command ${exec.id} is already running`);
  if (Detach) {
    execRun(engine, exec, false);
    return { status: 200 };
  }
  const { AttachStdin = false, AttachStdout = false, AttachStderr = false, Tty = false } = exec.request;
  return {
    hijack(client) {
      sessionRun(client, {
        stdio: exec.stdio,
        tty: Tty,
        stdout: AttachStdout,
        stderr: AttachStderr,
        history: Buffer.alloc(0),
        stdin: AttachStdin ? exec.stdio : null,
        detached: () => execEvent(engine, exec, 'exec_detach'),
      });
      execRun(engine, exec, AttachStdin);
    },
  };
}

function execRun(engine: EngineState, exec: Exec, stdinOpen: boolean): void {
  const { container, request } = exec;
  engine.lastPid += 1;
  exec.pid = engine.lastPid;
  execEvent(engine, exec, `exec_start: ${commandOf(exec)}`);
  exec.process = new Process(request.Cmd ?? [], {
    env: [...(container.config.Env ?? []), ...(request.Env ?? [])],
    stdinOpen,
    output: (stream, data) => exec.stdio.output(request.Tty ? 1 : stream, request.Tty ? terminalOutput(data) : data),
    fileRead: (path) => containerFileRead(engine, container, path),
    exited(code) {
      exec.process = null;
      exec.exitCode = code;
      container.execs.delete(exec.id);
      execEvent(engine, exec, 'exec_die', { exitCode: String(code) });
      exec.stdio.end();
    },
  });
  exec.stdio.start(exec.process);
  exec.process.start();
}

function execResize(engine: EngineState, call: Call): Reply {
  const exec = engine.execs.get(call.params.id ?? '');
  sizeCheck(call);
  if (exec === undefined) throw new EngineError(404, `No such exec instance: ${call.params.id}`);
  if (exec.exitCode !== null) throw new EngineError(404, 'no such exec');
  if (exec.process === null) throw new EngineError(500, 'timeout waiting for exec session ready');
  return { status: 200 };
}

/** Reads `h` and `w` of a resize, which must both be numbers. */
export function sizeCheck(call: Call): { height: string; width: string } {
  const [height = '', width = ''] = ['h', 'w'].map((key) => call.query.get(key) ?? '');
  for (const text of [height, width]) {
    if (!/^\d+$/.test(text)) throw new EngineError(400, `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return { height, width };
}

/** With the space that an engine leaves after a command without arguments. */
function commandOf({ request: { Cmd = [] } }: Exec): string {
  return `${Cmd[0]} ${Cmd.slice(1).join(' ')}`;
}

function execEvent(engine: EngineState, exec: Exec, action: string, attributes: Record<string, string> = {}): void {
  containerEvent(engine, exec.container, action, { execID: exec.id, ...attributes });
}

function execDocument({ id, container, request, process, pid, exitCode }: Exec) {
  const [entrypoint = '', ...args] = request.Cmd ?? [];
  const { Tty = false, Privileged = false, AttachStdin = false, AttachStdout = false, AttachStderr = false, User, WorkingDir } = request;
  return {
    ID: id,
    Running: process !== null,
    ExitCode: exitCode,
    ProcessConfig: {
      tty: Tty,
      entrypoint,
      arguments: args,
      privileged: Privileged,
      ...(User ? { user: User } : {}),
      ...(WorkingDir ? { workingDir: WorkingDir } : {}),
    },
    OpenStdin: AttachStdin,
    OpenStderr: AttachStderr,
    OpenStdout: AttachStdout,
    CanRemove: false,
    ContainerID: container.id,
    DetachKeys: '',
    Pid: pid,
  };
}
