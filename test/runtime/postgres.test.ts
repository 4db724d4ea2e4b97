import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { postgresStart, postgresStop } from '../../src/runtime/local/postgres.ts';
import { conditionMet, processAlive } from '../../src/runtime/local/process.ts';

let dataDir: string;
let cleanups: (() => Promise<unknown>)[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'berth-postgres-'));
  cleanups = [];
});

afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  await postgresStop({ dataDir });
  await rm(dataDir, { recursive: true });
});

async function started(log: string[] = []) {
  const server = await postgresStart({ dataDir, log: (line) => log.push(line) });
  cleanups.push(() => server.stop());
  return server;
}

function connected(url: string) {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  cleanups.push(() => sql.end({ timeout: 1 }));
  return sql;
}

const postmasterPid = async () => Number((await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0]);

/** The same, in a process of its own that can be killed. Resolves with its URL. */
async function startedElsewhere(): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(join(import.meta.dirname, 'postgres-holder.ts'), [dataDir], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  cleanups.push(async () => child.kill('SIGKILL'));
  return { child, url: await new Promise((resolve) => child.once('message', (url) => resolve(String(url)))) };
}

describe('an embedded PostgreSQL', () => {
  it('keeps its rows, its port and its password from one start to the next', async () => {
    const first = await postgresStart({ dataDir, log: () => undefined });
    const before = connected(first.url);
    await before`create table t as select 'kept' as word`;
    await before.end();
    await first.stop();
    const second = await started();
    expect(second.url).toBe(first.url);
    expect(await connected(second.url)`select word from t`).toEqual([{ word: 'kept' }]);
  });

  it('comes back with its rows after kill -9, and says so', async () => {
    const log: string[] = [];
    const { url } = await started(log);
    const sql = connected(url);
    await sql`create table t as select 'kept' as word`;
    process.kill(await postmasterPid(), 'SIGKILL');
    await conditionMet(async () => log.length >= 2, 10_000);
    expect(await connected(url)`select word from t`).toEqual([{ word: 'kept' }]);
    expect(log).toEqual(['PostgreSQL ended unexpectedly; starting it again', expect.stringMatching('running again')]);
  });

  it('leaves no process behind', async () => {
    const server = await postgresStart({ dataDir, log: () => undefined });
    const pid = await postmasterPid();
    await server.stop();
    expect(await processAlive(pid)).toBe(false);
  });
});

describe('two processes on one data folder', () => {
  it('share one server, whichever of them ends first', async () => {
    const elsewhere = await startedElsewhere();
    const pid = await postmasterPid();
    const here = await started();
    expect(here.url).toBe(elsewhere.url);
    elsewhere.child.send('stop');
    await new Promise((resolve) => elsewhere.child.once('exit', resolve));
    expect(await connected(here.url)`select 1 as one`).toEqual([{ one: 1 }]);
    expect(await postmasterPid()).toBe(pid);
    await here.stop();
    expect(await processAlive(pid)).toBe(false);
  });

  it('start together on an empty folder and agree', async () => {
    const [one, two] = await Promise.all([startedElsewhere(), startedElsewhere()]);
    expect(one.url).toBe(two.url);
  });

  it('a survivor looks after the server once its owner was killed', async () => {
    const elsewhere = await startedElsewhere();
    const here = await started();
    elsewhere.child.kill('SIGKILL');
    await new Promise((resolve) => elsewhere.child.once('exit', resolve));
    process.kill(await postmasterPid(), 'SIGKILL');
    const answer = async () => (await connected(here.url)`select 1 as one`.catch(() => [])).length === 1;
    expect(await conditionMet(answer, 10_000)).toBe(true);
  });
});

describe('what a killed process left behind', () => {
  it('is taken over by the next start, connections and all', async () => {
    const elsewhere = await startedElsewhere();
    const pid = await postmasterPid();
    elsewhere.child.kill('SIGKILL');
    await new Promise((resolve) => elsewhere.child.once('exit', resolve));
    const here = await started();
    expect(await connected(here.url)`select 1 as one`).toEqual([{ one: 1 }]);
    expect(await postmasterPid()).toBe(pid);
  });

  it('is ended by postgresStop, which leaves the server of a living process alone', async () => {
    const elsewhere = await startedElsewhere();
    const pid = await postmasterPid();
    expect(await postgresStop({ dataDir })).toBe(false);
    expect(await processAlive(pid)).toBe(true);
    elsewhere.child.kill('SIGKILL');
    await new Promise((resolve) => elsewhere.child.once('exit', resolve));
    expect(await postgresStop({ dataDir })).toBe(true);
    expect(await processAlive(pid)).toBe(false);
  });
});

describe('security', () => {
  it('wants the password, which only the owner of the files can read', async () => {
    const { url } = await started();
    const wrong = new URL(url);
    wrong.password = 'guess';
    await expect(connected(wrong.href)`select 1`).rejects.toThrow('password authentication failed');
    for (const file of ['password', 'server.log']) {
      expect((await stat(join(dataDir, 'postgres', file))).mode & 0o077, file).toBe(0);
    }
    expect((await stat(join(dataDir, 'postgres'))).mode & 0o077).toBe(0);
  });
});
