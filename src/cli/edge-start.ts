import { spawn } from 'node:child_process';
import { closeSync, openSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./berth.ts', import.meta.url));
const logMaxBytes = 16 * 1024 * 1024;

/**
 * Starts `berth edge` as a process that outlives this one: in a session of its own, since a Ctrl-C in the terminal is not for it, and with
 * its log in `edge.log` in the data folder. Resolves when it has ended, or could not begin.
 */
export function edgeProcessStart(dataDir: string, env: Record<string, string>): Promise<void> {
  const path = join(dataDir, 'edge.log');
  const file = openSync(path, 'a', 0o600);
  if (statSync(path).size > logMaxBytes) truncateSync(path);
  const child = spawn(process.execPath, [program, 'edge'], {
    detached: true,
    stdio: ['ignore', file, file],
    env: { ...process.env, ...env },
  });
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  child.once('exit', () => end()).once('error', () => end());
  child.unref();
  closeSync(file);
  return ended;
}
