import { BerthError } from '../domain/errors.ts';
import { commandSizes, consoleSizeRead, envRead, workingDirRead } from './command-fields.ts';
import { type FieldRow, fieldTable } from './field-table.ts';
import { Fields, printable } from './fields.ts';
import type { JsonValue } from './json.ts';

/** One command that a tenant runs in its container. */
export interface ExecSpec {
  cmd: string[];
  env: string[];
  user: string;
  workingDir: string;
  tty: boolean;
  attachStdin: boolean;
  attachStdout: boolean;
  attachStderr: boolean;
  /** '': the client's own default. */
  detachKeys: string;
  consoleSize: [height: number, width: number] | null;
}

/** The body of an engine's `POST /containers/{id}/exec`. */
export interface EngineExecCreate {
  Cmd: string[];
  Env: string[];
  User: string;
  WorkingDir: string;
  Tty: boolean;
  AttachStdin: boolean;
  AttachStdout: boolean;
  AttachStderr: boolean;
  DetachKeys: string;
  ConsoleSize?: [number, number];
}

export const execCreateRows: readonly FieldRow[] = [
  { path: 'Cmd', verdict: 'capped', why: 'at most 1 MiB in all' },
  { path: 'Env', verdict: 'capped', why: 'at most 1 MiB in all; names beginning with io.berth. are dropped' },
  { path: 'User', verdict: 'capped', why: 'at most 256 characters' },
  { path: 'WorkingDir', verdict: 'capped', why: 'at most 4096 characters' },
  { path: 'Tty', verdict: 'served', why: 'as asked' },
  { path: 'AttachStdin', verdict: 'served', why: 'as asked' },
  { path: 'AttachStdout', verdict: 'served', why: 'as asked' },
  { path: 'AttachStderr', verdict: 'served', why: 'as asked' },
  { path: 'DetachKeys', verdict: 'served', why: 'as asked' },
  { path: 'ConsoleSize', verdict: 'served', why: 'as asked' },
  { path: 'Detach', verdict: 'ours', why: 'said again at start, where it counts' },
  { path: 'Container', verdict: 'ours', why: 'the container is the one in the path' },
  { path: 'Privileged', verdict: 'refused', why: 'a privileged command owns its host' },
];

const execCreateTable = fieldTable(execCreateRows);

/** Throws `malformed` or `refused` and names the field. */
export function execCreateRead(body: JsonValue): ExecSpec {
  const fields = Fields.ofBody(body, execCreateTable);
  const cmd = fields.wordsOrNull('Cmd', commandSizes);
  // In an engine's own words, which clients know.
  if (cmd === null || cmd.length === 0) throw new BerthError('malformed', 'No exec command specified');
  const spec: ExecSpec = {
    cmd,
    env: envRead(fields),
    user: fields.string('User', { maxLength: 256 }),
    workingDir: workingDirRead(fields),
    tty: fields.boolean('Tty'),
    attachStdin: fields.boolean('AttachStdin'),
    attachStdout: fields.boolean('AttachStdout'),
    attachStderr: fields.boolean('AttachStderr'),
    detachKeys: detachKeysRead(fields.string('DetachKeys')),
    consoleSize: consoleSizeRead(fields),
  };
  fields.end();
  return spec;
}

/** ConsoleSize is for engines of API 1.42 and later; older ones ignore it. */
export function execCreateWrite(spec: ExecSpec): EngineExecCreate {
  return {
    Cmd: spec.cmd,
    Env: spec.env,
    User: spec.user,
    WorkingDir: spec.workingDir,
    Tty: spec.tty,
    AttachStdin: spec.attachStdin,
    AttachStdout: spec.attachStdout,
    AttachStderr: spec.attachStderr,
    DetachKeys: spec.detachKeys,
    ...(spec.consoleSize && { ConsoleSize: spec.consoleSize }),
  };
}

export interface ExecStart {
  detach: boolean;
  tty: boolean;
  consoleSize: [height: number, width: number] | null;
}

export const execStartRows: readonly FieldRow[] = [
  { path: 'Detach', verdict: 'served', why: 'as asked' },
  { path: 'Tty', verdict: 'served', why: 'as asked' },
  { path: 'ConsoleSize', verdict: 'served', why: 'as asked' },
  { path: 'hijack', verdict: 'ours', why: 'a word of dockerode to itself, sent along' },
  { path: 'stdin', verdict: 'ours', why: 'a word of dockerode to itself, sent along' },
];

const execStartTable = fieldTable(execStartRows);

export function execStartRead(body: JsonValue): ExecStart {
  const fields = Fields.ofBody(body, execStartTable);
  const start = { detach: fields.boolean('Detach'), tty: fields.boolean('Tty'), consoleSize: consoleSizeRead(fields) };
  fields.end();
  return start;
}

/** A comma list of single characters and `ctrl-x`, as `--detach-keys` takes it; also a parameter of attach. */
export function detachKeysRead(keys: string): string {
  if (keys === '' || /^(ctrl-[a-z@[\\\]^_]|[!-+\--~])(,(ctrl-[a-z@[\\\]^_]|[!-+\--~])){0,15}$/i.test(keys)) return keys;
  throw new BerthError('malformed', `"${printable(keys)}" are not detach keys: write for example ctrl-p,ctrl-q.`);
}
