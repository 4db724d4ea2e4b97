import type { TenantScope } from '../db/scope.ts';
import type { ContainerRow } from '../db/store/container.ts';
import { execGet, execInsert } from '../db/store/exec.ts';
import { BerthError } from '../domain/errors.ts';
import type { EngineHijack } from '../engine/engine.ts';
import { outputText } from '../engine/frames.ts';
import { type ExecSpec, type ExecStart, execCreateWrite } from '../policy/exec-create.ts';
import { execFailureText } from '../policy/exec-failure.ts';
import { containerEngine } from './container-host.ts';
import { containerNames, containerScrub } from './container-scrub.ts';
import { containerTouched } from './container-seen.ts';
import type { App } from './context.ts';
import { engineGuard } from './engine-failure.ts';
import { type ExecStage, execOpening } from './exec-opening.ts';

type Row = ContainerRow & { engineId: string };

export async function execCreate(app: App, scope: TenantScope, row: Row, spec: ExecSpec): Promise<string> {
  const engine = containerEngine(app, row);
  const made = await engineGuard(containerScrub(app, row), () =>
    engine.json<{ Id: string }>({ method: 'POST', path: `/containers/${row.engineId}/exec`, json: execCreateWrite(spec) }),
  );
  await execInsert(scope, { id: made.Id, containerId: row.id });
  return made.Id;
}

/** The container an exec runs in. An id is no permission: whose it is is checked at every call. */
export async function execContainer(app: App, scope: TenantScope, execId: string): Promise<Row> {
  await app.directory.fresh();
  const found = await execGet(scope, execId);
  const row = found && app.directory.containers.get(found.containerId)[0];
  if (row?.state !== 'created' || row.engineId === null) throw new BerthError('not_found', `No such exec instance: ${execId}`);
  return row as Row;
}

/** Starts an exec and hands out its raw stream; both ends must be closed by the caller. */
export async function execAttach(app: App, row: Row, execId: string, start: ExecStart): Promise<ExecStream> {
  const hijack = await engineGuard(containerScrub(app, row), () =>
    containerEngine(app, row).hijack({
      method: 'POST',
      path: `/exec/${execId}/start`,
      json: { Detach: false, Tty: start.tty, ...consoleSize(start) },
    }),
  );
  return {
    ...hijack,
    async opening() {
      const said = await execOpening(hijack.socket, start.tty, () => execStage(app, row, execId));
      return said === null ? null : outputText(`${execFailureText(said, containerNames(app, row))}\r\n`, start.tty);
    },
  };
}

export interface ExecStream extends EngineHijack {
  /** What stands for all output of a command that could not be started; null: the output is the command's. Before it nothing may be read. */
  opening(): Promise<Uint8Array | null>;
}

async function execStage(app: App, row: Row, execId: string): Promise<ExecStage> {
  const { Pid, Running, ExitCode } = await execInspect(app, row, execId);
  if (typeof Pid === 'number' && Pid > 0) return 'started';
  return Running === false && typeof ExitCode === 'number' ? 'failed' : 'starting';
}

export async function execDetached(app: App, row: Row, execId: string, start: ExecStart): Promise<void> {
  await engineGuard(containerScrub(app, row), () =>
    containerEngine(app, row).json({ method: 'POST', path: `/exec/${execId}/start`, json: { Detach: true, Tty: start.tty } }),
  );
  await containerTouched(app, row);
}

function consoleSize(start: ExecStart): object {
  return start.consoleSize ? { ConsoleSize: start.consoleSize } : {};
}

export async function execResize(app: App, row: Row, execId: string, size: { height: number; width: number }): Promise<void> {
  await engineGuard(containerScrub(app, row), () =>
    containerEngine(app, row).json({ method: 'POST', path: `/exec/${execId}/resize`, query: { h: size.height, w: size.width } }),
  );
}

/** The engine's document of an exec, unread by any tenant yet. */
export function execInspect(app: App, row: Row, execId: string): Promise<Record<string, unknown>> {
  return engineGuard(containerScrub(app, row), () =>
    containerEngine(app, row).json<Record<string, unknown>>({ method: 'GET', path: `/exec/${execId}/json` }),
  );
}
