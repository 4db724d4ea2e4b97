import { spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, realpath, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { BerthError } from '../../domain/errors.ts';
import { ownershipJoin, ownershipTaken } from './ownership.ts';
import { type PostgresPrograms, postgresProgramsFind } from './postgres-programs.ts';
import { conditionMet, processAlive, processCommand, processEnded, processMustRun, processSignal } from './process.ts';

export interface PostgresOptions {
  /** Berth's data folder; PostgreSQL lives in `postgres` below it. */
  dataDir: string;
  /** Used on the first start only: it is kept, since other processes hold the URL. Default: a free one. */
  port?: number;
  log: (line: string) => void;
}

interface Place {
  folder: string;
  cluster: string;
  logFile: string;
  password: string;
  port: number;
  url: string;
}

const logFileMaxBytes = 16 * 1024 * 1024;

/**
 * A PostgreSQL of our own on loopback, made on the first start, restarted whenever it dies, until `stop`.
 * Processes that name the same folder share one server: one of them looks after it, and when that one ends another takes over;
 * the last to stop ends it. A server that a killed process left behind is found and taken over with its connections.
 */
export async function postgresStart(options: PostgresOptions): Promise<{ url: string; stop(): Promise<void> }> {
  const programs = await postgresProgramsFind();
  const place = await placeMake(options.dataDir, options.port);
  let stopping = false;
  let ready = false;
  let guarding: Promise<void> | undefined;
  let failed: (error: Error) => void = () => undefined;
  const failure = new Promise<never>((_, reject) => {
    failed = reject;
  });
  failure.catch(() => undefined);

  /** A first start that fails is the caller's to hear; later ones are tried until they work. */
  const guard = async (): Promise<void> => {
    let pid = ready ? await restarted() : await serverEnsure(place, programs);
    while (!stopping) {
      if (pid !== undefined && (await processAlive(pid))) {
        await sleep(50);
        continue;
      }
      options.log('PostgreSQL ended unexpectedly; starting it again');
      pid = await restarted();
      if (pid !== undefined) options.log('PostgreSQL is running again');
    }
  };
  const restarted = async (): Promise<number | undefined> => {
    for (let attempt = 0; !stopping; attempt++) {
      try {
        return await serverEnsure(place, programs);
      } catch (error) {
        // Often the killed server is still going away; only what lasts is worth a line.
        if (attempt === 5) options.log(`PostgreSQL does not start, trying on: ${(error as Error).message}`);
        await sleep(Math.min(50 * 2 ** attempt, 5000));
      }
    }
    return undefined;
  };

  const ownership = await ownershipJoin(place.password, () => {
    guarding = guard().catch(failed);
  });
  try {
    await Promise.race([failure, readyWait(place)]);
    ready = true;
  } catch (error) {
    stopping = true;
    await ownership.leave();
    throw error;
  }

  return {
    url: place.url,
    async stop() {
      stopping = true;
      await guarding;
      const { owned, others } = await ownership.leave();
      if (owned && !others) await serverStop(place);
    },
  };
}

/** Ends a server that a killed process left behind. One that a living process looks after is left alone: false. */
export async function postgresStop(options: { dataDir: string }): Promise<boolean> {
  const folder = join(options.dataDir, 'postgres');
  const password = await readFile(join(folder, 'password'), 'utf8').catch(() => undefined);
  if (password === undefined) return true;
  if (await ownershipTaken(password)) return false;
  await serverStop(await placeMake(options.dataDir, undefined));
  return true;
}

/** The URL of the embedded PostgreSQL of this folder; undefined when it never ran. */
export async function databaseUrlFind(dataDir: string): Promise<string | undefined> {
  const [password, port] = await Promise.all(
    ['password', 'port'].map((name) => readFile(join(dataDir, 'postgres', name), 'utf8').catch(() => '')),
  );
  return password && port ? urlOf(password, Number(port)) : undefined;
}

function urlOf(password: string, port: number): string {
  return `postgres://berth:${password}@127.0.0.1:${port}/berth`;
}

async function placeMake(dataDir: string, wantedPort: number | undefined): Promise<Place> {
  const folder = join(dataDir, 'postgres');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const password = await settled(join(folder, 'password'), async () => randomBytes(24).toString('hex'));
  const real = await realpath(folder);
  const cluster = join(real, 'data');
  const portFile = join(folder, 'port');
  const portBefore = Number(await readFile(portFile, 'utf8').catch(() => '0'));
  const idle = portBefore > 0 && !(await ownershipTaken(password)) && (await serverPid(cluster)) === undefined;
  // Nobody uses our old port as long as nothing of ours runs, so another program may have taken it meanwhile.
  if (idle && !(await portIsFree(portBefore))) await rm(portFile, { force: true });
  const port = Number(await settled(portFile, async () => String(wantedPort ?? (await portFind()))));
  return {
    folder: real,
    cluster,
    logFile: join(real, 'server.log'),
    password,
    port,
    url: urlOf(password, port),
  };
}

/** A value that is made once and then kept. Two processes that start together get the same one: a link is made by one only. */
async function settled(file: string, make: () => Promise<string>): Promise<string> {
  const existing = await readFile(file, 'utf8').catch(() => undefined);
  if (existing) return existing;
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, await make(), { mode: 0o600 });
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
  return readFile(file, 'utf8');
}

/** Below 32768, where the kernel takes the ports of outgoing connections from: one of those could take ours while we are down. */
async function portFind(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_768);
    if (await portIsFree(port)) return port;
  }
}

function portIsFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Adopts the running server or starts one; returns its pid. Called by the owner only. */
async function serverEnsure(place: Place, programs: PostgresPrograms): Promise<number> {
  const running = await serverPid(place.cluster);
  if (running !== undefined) {
    if (await answers(place, 2000)) return running;
    // It runs and does not answer: half dead, or on its way out. SIGQUIT is 'end at once'; the log makes up for it at the next start.
    processSignal(running, 'SIGQUIT');
    await processEnded(running, 5000);
  }
  await clusterMake(place, programs);
  const { size } = await stat(place.logFile).catch(() => ({ size: 0 }));
  if (size > logFileMaxBytes) await truncate(place.logFile);
  const logFile = await open(place.logFile, 'a', 0o600);
  const logStart = (await logFile.stat()).size;
  const settings = [`listen_addresses=127.0.0.1`, `port=${place.port}`, 'unix_socket_directories=', 'max_connections=200'];
  const [program = '', ...args] = [
    ...programs.prefix,
    programs.postgres,
    '-D',
    place.cluster,
    ...settings.flatMap((setting) => ['-c', setting]),
  ];
  // Its own process group: a Ctrl-C in the terminal is for us, and we still need the database while we end.
  const child = spawn(program, args, { stdio: ['ignore', logFile.fd, logFile.fd], detached: true });
  let ended = false;
  child.once('error', () => (ended = true)).once('exit', () => (ended = true));
  child.unref();
  await logFile.close();
  const ready = await conditionMet(async () => ended || (await answers(place, 1000)), 60_000);
  if (child.pid === undefined || ended || !ready) {
    if (child.pid !== undefined) processSignal(child.pid, 'SIGQUIT');
    const words = (await readFile(place.logFile)).subarray(logStart).toString('utf8').trim().split('\n').slice(-5).join('\n');
    throw new BerthError('unavailable', `The embedded PostgreSQL did not start. Its log ends with:\n${words}`);
  }
  return child.pid;
}

/** A half-made cluster is never mistaken for one: it is made under another name first. */
async function clusterMake(place: Place, programs: PostgresPrograms): Promise<void> {
  if (await stat(join(place.cluster, 'PG_VERSION')).catch(() => undefined)) return;
  const draft = join(place.folder, 'data.new');
  await rm(draft, { recursive: true, force: true });
  await rm(place.cluster, { recursive: true, force: true });
  const args = ['-D', draft, '-U', 'berth', `--pwfile=${join(place.folder, 'password')}`, '--auth=scram-sha-256', '--encoding=UTF8'];
  await processMustRun([...programs.prefix, programs.initdb, ...args, '--locale-provider=builtin', '--locale=C.UTF-8', '--no-sync']);
  await chmod(draft, 0o700);
  await rename(draft, place.cluster);
}

/** The pid of a server that runs on this very cluster; the number alone could belong to another process by now. */
async function serverPid(cluster: string): Promise<number | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  if (!pid || !(await processAlive(pid))) return undefined;
  return (await processCommand(pid)).includes(cluster) ? pid : undefined;
}

async function serverStop(place: Place): Promise<void> {
  const pid = await serverPid(place.cluster);
  if (pid === undefined) return;
  processSignal(pid, 'SIGINT');
  if (await processEnded(pid, 15_000)) return;
  processSignal(pid, 'SIGQUIT');
  await processEnded(pid, 5000);
}

async function readyWait(place: Place): Promise<void> {
  if (!(await conditionMet(() => answers(place, 1000), 90_000))) {
    throw new BerthError(
      'unavailable',
      'The embedded PostgreSQL does not answer. Its log is server.log in the folder postgres below the data folder.',
    );
  }
}

/** Logs in, so that a stranger on our port is not taken for our server; and makes the database on the first time. */
async function answers(place: Place, ms: number): Promise<boolean> {
  const sql = postgres(place.url, { database: 'postgres', max: 1, connect_timeout: ms / 1000, onnotice: () => undefined });
  try {
    const [found] = await sql`select 1 from pg_database where datname = 'berth'`;
    if (!found) await sql`create database berth`.catch(ignoreExisting);
    return true;
  } catch {
    return false;
  } finally {
    await sql.end({ timeout: 0 });
  }
}

function ignoreExisting(error: { code?: string }): void {
  // Two processes that start together may both have seen it missing.
  if (error.code !== '42P04' && error.code !== '23505') throw error;
}
