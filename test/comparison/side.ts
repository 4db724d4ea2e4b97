import { spawn } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandResult } from '../harness.ts';

/** One of the two daemons that the script runs on: the bare one, or Berth. */
export interface Side {
  run(line: string): Promise<CommandResult>;
}

/** A shell with the docker command pointed at one daemon, in a folder of its own that begins as a copy of `files`. */
export async function sideMake(folder: string, files: string, env: Record<string, string>): Promise<Side> {
  const work = join(folder, 'work');
  const home = join(folder, 'home');
  await mkdir(home, { recursive: true });
  await cp(files, work, { recursive: true });
  return {
    async run(line) {
      const { code, stdout, stderr } = await shellRun(line, work, { PATH: process.env.PATH ?? '', HOME: home, TZ: 'UTC', ...env });
      return { code, stdout: stdout.replaceAll(folder, '<folder>'), stderr: stderr.replaceAll(folder, '<folder>') };
    },
  };
}

/** A command that hangs is killed, and counts as 124. */
async function shellRun(line: string, cwd: string, env: Record<string, string>): Promise<CommandResult> {
  const child = spawn('timeout', ['-k', '1', '30', 'bash', '-o', 'pipefail', '-c', line], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (chunk: string) => (texts[name] += chunk));
  const code = await new Promise<number>((resolve) => child.once('close', (value) => resolve(value ?? 1)));
  return { code, ...texts };
}
