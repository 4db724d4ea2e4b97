import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tenantCreate } from '../src/app/tenant.ts';
import { tokenMint } from '../src/auth/token.ts';
import { tenantScope } from '../src/db/scope.ts';
import { certificateInsert, tenantTokenInsert } from '../src/db/store/credential.ts';
import { hostInsert } from '../src/db/store/host.ts';
import type { RegistryFetch } from '../src/images/registry-request.ts';
import { registryFetchMake } from '../src/runtime/registry-fetch.ts';
import { type RunningServer, serverStart } from '../src/runtime/server.ts';
import { everyTenant } from '../src/scheduler/filters/walls.ts';
import { csrMake } from '../src/vault/authority.ts';
import { sealOpen } from '../src/vault/seal.ts';
import { type FakeBlobs, fakeBlobs } from './fakes/blobs.ts';
import { databaseCreate } from './setup/postgres.ts';

/** An engine to put into a fleet: a real one of test/fleet, or a fake one. */
export interface HarnessHost {
  name: string;
  url: string;
  certs?: { ca: string; cert: string; key: string };
}

export interface Berth {
  server: RunningServer;
  databaseUrl: string;
  /** Of the sealing key, base64: for a second server on the same database. */
  key: string;
  blobs: FakeBlobs;
  tenants: Record<string, Tenant>;
  /** Log lines of the server, parsed. */
  log: Record<string, unknown>[];
  stop(): Promise<void>;
}

export interface Tenant {
  id: string;
  token: string;
  /** Folder with ca.pem, cert.pem, key.pem. */
  certsDir: string;
  /** What points any docker client at Berth as this tenant. */
  env: Record<string, string>;
  /** Runs the real docker CLI; never throws for an exit code. */
  docker(
    args: string[],
    options?: { input?: string | Buffer; timeoutSeconds?: number; env?: Record<string, string> },
  ): Promise<CommandResult>;
  /** One request on the wire, with the client certificate. */
  call(
    method: string,
    path: string,
    options?: { json?: unknown; body?: string | Buffer; headers?: Record<string, string> },
  ): Promise<WireReply>;
}

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface WireReply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came
  json: any;
}

const harnessKey = Buffer.alloc(32, 7).toString('base64');

/** No test asks a registry on the internet, whether the machine could or not. */
const noName = () => Promise.reject(new Error('no such name in a test'));

/**
 * A whole Berth in this process: its own database, the given engines, and tenants by name, each with a certificate and a token.
 * Unless `trusted` is false the hosts take every tenant, and their walls are not probed.
 */
export async function berthUp(options: {
  hosts: HarnessHost[];
  tenants?: string[];
  registries?: string[];
  registryFetch?: RegistryFetch;
  hostsReady?: boolean;
  trusted?: boolean;
}): Promise<Berth> {
  const database = await databaseCreate();
  const folder = await mkdtemp(join(tmpdir(), 'berth-harness-'));
  const log: Record<string, unknown>[] = [];
  const blobs = fakeBlobs();
  const server = await serverStart({
    databaseUrl: database.url,
    key: harnessKey,
    blobs,
    bind: '127.0.0.1',
    names: ['localhost', '127.0.0.1'],
    enginePort: 0,
    httpPort: 0,
    placement: 'spread',
    registries: options.registries ?? [],
    registryFetch: options.registryFetch ?? registryFetchMake({ allowed: options.registries ?? [], resolve: noName }),
    log: memoryLog(log),
  });
  const seal = await sealOpen(harnessKey);
  for (const host of options.hosts) {
    const sealedTls = host.certs ? await seal.seal(JSON.stringify(host.certs)) : null;
    await hostInsert(server.app.system, {
      name: host.name,
      url: host.url,
      sealedTls,
      labels: {},
      tenants: options.trusted === false ? [] : [everyTenant],
    });
  }
  const tenants: Record<string, Tenant> = {};
  for (const name of options.tenants ?? ['red', 'blue']) tenants[name] = await tenantUp(server, name, join(folder, name));
  if (options.hostsReady !== false)
    await until(
      () =>
        server.app.fleet.hosts().length === options.hosts.length &&
        server.app.fleet.hosts().every((host) => host.watch.live && host.row.state === 'ready'),
    );
  return {
    ...{ server, databaseUrl: database.url, key: harnessKey, tenants, log, blobs },
    async stop() {
      await server.stop();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function memoryLog(lines: Record<string, unknown>[]) {
  const line =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      void lines.push({ level, message, ...fields });
  return {
    info: line('info'),
    warn: line('warn'),
    error: (message: string, error: unknown, fields: Record<string, unknown> = {}) =>
      void lines.push({ level: 'error', message, error: error instanceof Error ? (error.stack ?? error.message) : error, ...fields }),
  };
}

async function tenantUp(server: RunningServer, name: string, certsDir: string): Promise<Tenant> {
  const { id } = await tenantCreate(server.app, name);
  const scope = tenantScope(server.app.db, id);
  const { csrPem, keyPem } = await csrMake(name);
  const signed = await server.clientAuthority.clientSign(csrPem, name, 30);
  await certificateInsert(scope, { serial: signed.serial, name, expiresAt: signed.expiresAt });
  const minted = await tokenMint();
  await tenantTokenInsert(scope, { name: 'test', hash: minted.hash, prefix: minted.prefix, expiresAt: null });
  const pems = { ca: server.serverAuthority.certificatePem, cert: signed.certificatePem, key: keyPem };
  await mkdir(certsDir, { recursive: true });
  for (const [file, pem] of Object.entries(pems)) await writeFile(join(certsDir, `${file}.pem`), pem, { mode: 0o600 });
  const config = join(certsDir, 'config');
  await mkdir(config);
  const env = {
    DOCKER_HOST: `tcp://localhost:${server.enginePort}`,
    DOCKER_TLS_VERIFY: '1',
    DOCKER_CERT_PATH: certsDir,
    DOCKER_BUILDKIT: '0',
    DOCKER_CONFIG: config,
  };
  return {
    ...{ id, token: minted.text, certsDir, env },
    docker: (args, run = {}) => dockerRun(args, { ...env, ...run.env }, run),
    call: (method, path, request = {}) => wireCall({ port: server.enginePort, ...pems }, method, path, request),
  };
}

/** The real CLI. */
export function dockerRun(
  args: string[],
  env: Record<string, string>,
  options: { input?: string | Buffer; timeoutSeconds?: number } = {},
): Promise<CommandResult> {
  return commandRun(['docker', ...args], env, options);
}

/** A client as it is installed. `timeout -k`, since an interrupted docker exec does not end by itself. */
export async function commandRun(
  command: string[],
  env: Record<string, string>,
  options: { input?: string | Buffer; timeoutSeconds?: number } = {},
): Promise<CommandResult> {
  const child = spawn('timeout', ['-k', '1', String(options.timeoutSeconds ?? 60), ...command], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk) => out.push(chunk));
  child.stderr.on('data', (chunk) => err.push(chunk));
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number>((resolve) => child.once('close', (value) => resolve(value ?? 1)));
  return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
}

export interface WireTarget {
  port: number;
  ca: string;
  cert?: string;
  key?: string;
}

/** One HTTPS request with no client library between, on a connection of its own. */
export function wireCall(
  target: WireTarget,
  method: string,
  path: string,
  request: { json?: unknown; body?: string | Buffer; headers?: Record<string, string> } = {},
): Promise<WireReply> {
  const body = request.json === undefined ? request.body : JSON.stringify(request.json);
  const { promise, resolve, reject } = Promise.withResolvers<WireReply>();
  const call = https.request(
    {
      ...{ host: '127.0.0.1', port: target.port, ca: target.ca, cert: target.cert, key: target.key, method, path, agent: false },
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
        ...request.headers,
      },
    },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const whole = Buffer.concat(chunks);
        const text = whole.toString();
        resolve({
          ...{ status: response.statusCode ?? 0, headers: response.headers, body: whole, text },
          get json() {
            return JSON.parse(text);
          },
        });
      });
    },
  );
  call.on('error', reject);
  call.end(body);
  return promise;
}

/** Waits for a condition, asking every 20 ms. Throws, with what it was waiting for, when it does not hold after `seconds`. */
export async function until(condition: () => boolean | Promise<boolean>, seconds = 30): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    // A look may take long, and what it saw first is old by its end: the last one begins when the time is over.
    const last = Date.now() > end;
    if (await condition()) return;
    if (last) throw new Error(`not within ${seconds} s: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
