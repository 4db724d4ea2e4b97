/**
 * `npm run dev`: two engines, PostgreSQL, and the server, started anew when a source changes. Ctrl-C ends all of it.
 * Each run begins empty: the engines are new ones, and a database that remembers others would mourn their containers.
 */
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { postgresStart, postgresStop } from '../../src/runtime/local/postgres.ts';
import { fleetUp } from './fleet.ts';

const root = join(import.meta.dirname, '../..');
const dataDir = join(root, '.berth/dev');

const ended = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ended.abort());

if (!(await postgresStop({ dataDir }))) throw new Error('npm run dev is running in this clone already');
await rm(dataDir, { recursive: true, force: true });
const fleet = await fleetUp({ count: 2, name: 'dev' });
try {
  // Held here, so that a reload of the server finds it running.
  const postgres = await postgresStart({ dataDir, log: (line) => console.log(line) });
  try {
    if (!ended.signal.aborted) await serverWatch(postgres.url);
  } finally {
    await postgres.stop();
  }
} finally {
  await fleet.down();
}

/** Ends when the server's watcher does, or has been told to by our signal. */
async function serverWatch(databaseUrl: string): Promise<void> {
  const env = { ...process.env, BERTH_HOSTS: fleet.berthHosts, BERTH_DATA_DIR: dataDir, DATABASE_URL: databaseUrl };
  const args = ['--watch', '--watch-preserve-output', `--watch-path=${join(root, 'src')}`, join(root, 'src/cli/berth.ts'), 'serve'];
  // A process group of its own: a Ctrl-C in the terminal reaches the server once, through us, and not twice.
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  ended.signal.addEventListener('abort', () => child.kill('SIGINT'));
  await new Promise((resolve) => child.once('close', resolve));
}
