import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { edgeSecret } from '../../src/edge/identity.ts';
import { seatStop } from '../../src/edge/seat.ts';
import { processEnded } from '../../src/runtime/local/process.ts';
import { type WireReply, wireCall } from '../harness.ts';

/** `berth serve` as a process of its own, with the PostgreSQL that it brings; it can be killed and started again. */
export interface ServerProcess {
  /** Resolves when it says that it is ready. */
  start(): Promise<void>;
  /** kill -9. Its PostgreSQL goes on. */
  kill(): Promise<void>;
  /** kill -9 of its PostgreSQL. */
  postgresKill(): Promise<void>;
  /** Ctrl-C. Its edge goes on. */
  stop(): Promise<void>;
  /** Ctrl-C, and the end of what it left running. */
  down(): Promise<void>;
  running(): boolean;
  /** Of the process that runs. */
  pid(): number;
  /** One request of the tenant `default`, with its client certificate. */
  call(method: string, path: string, request?: { json?: unknown; body?: Buffer; headers?: Record<string, string> }): Promise<WireReply>;
  databaseUrl(): Promise<string>;
  /** The end of what it wrote. */
  output(): string;
}

export function serverProcess(options: {
  dataDir: string;
  berthHosts: string;
  enginePort: number;
  httpPort: number;
  registries?: string[];
}): ServerProcess {
  const { dataDir, enginePort } = options;
  let child: ChildProcess | undefined;
  let output = '';
  const ended = async (signal: NodeJS.Signals) => {
    const { pid } = child ?? {};
    if (pid === undefined) return;
    child?.kill(signal);
    if (!(await processEnded(pid, 30_000))) throw new Error(`the server survived ${signal}`);
    child = undefined;
  };
  const postgresFile = (name: string) => readFile(join(dataDir, 'postgres', name), 'utf8');
  const databaseUrl = async () => `postgres://berth:${await postgresFile('password')}@127.0.0.1:${await postgresFile('port')}/berth`;
  return {
    start() {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const started = spawn(process.execPath, [join(import.meta.dirname, '../../src/cli/berth.ts'), 'serve'], {
        env: {
          PATH: process.env.PATH,
          HOME: process.env.HOME,
          BERTH_DATA_DIR: dataDir,
          BERTH_HOSTS: options.berthHosts,
          BERTH_ENGINE_PORT: String(enginePort),
          BERTH_HTTP_PORT: String(options.httpPort),
          BERTH_REGISTRIES: options.registries?.join(','),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      const read = (text: Buffer) => {
        output = (output + text).slice(-20_000);
        if (/^ready$/m.test(String(text))) resolve();
      };
      started.stdout.on('data', read);
      started.stderr.on('data', read);
      started.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${output}`)));
      return promise;
    },
    kill: () => ended('SIGKILL'),
    async postgresKill() {
      const pid = Number((await postgresFile('data/postmaster.pid')).split('\n')[0]);
      process.kill(pid, 'SIGKILL');
    },
    stop: () => ended('SIGINT'),
    async down() {
      await ended('SIGINT');
      await seatStop(edgeSecret(await databaseUrl()));
    },
    running: () => child !== undefined && child.exitCode === null && child.signalCode === null,
    pid() {
      if (child?.pid === undefined) throw new Error('the server does not run');
      return child.pid;
    },
    async call(method, path, request) {
      const [ca = '', cert, key] = await Promise.all(
        ['ca', 'cert', 'key'].map((kind) => readFile(join(dataDir, 'certs/default', `${kind}.pem`), 'utf8')),
      );
      return wireCall({ port: enginePort, ca, cert, key }, method, path, request);
    },
    databaseUrl,
    output: () => output,
  };
}
