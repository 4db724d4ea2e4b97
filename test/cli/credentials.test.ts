import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenMint } from '../../src/auth/token.ts';
import { tenantScope } from '../../src/db/scope.ts';
import { tenantTokenInsert, tokenRevoke } from '../../src/db/store/credential.ts';
import { csrMake } from '../../src/vault/authority.ts';
import { dockerRun, until } from '../harness.ts';
import { liveDocker } from './live.ts';
import { type Client, type Stage, stageUp } from './stage.ts';

let stage: Stage;
let red: Client;
let folder: string;

beforeAll(async () => {
  stage = await stageUp('credentials');
  red = stage.red;
  folder = await mkdtemp(join(tmpdir(), 'berth-cli-credentials-'));
  await red.out('run', '-d', '--name', 'box', 'busybox', 'sleep', '1000');
});
afterAll(async () => {
  await stage?.down();
  await rm(folder, { recursive: true, force: true });
});

/** A client without a certificate, whose config says this token: as a CI job has it. */
async function tokenEnv(token: string): Promise<Record<string, string>> {
  const config = await mkdtemp(join(folder, 'config-'));
  await writeFile(join(config, 'config.json'), JSON.stringify({ HttpHeaders: { Authorization: `Bearer ${token}` } }));
  const trust = join(config, 'trust');
  await mkdir(trust);
  await writeFile(join(trust, 'ca.pem'), stage.berth.server.serverAuthority.certificatePem);
  const { DOCKER_HOST = '' } = red.env;
  return { DOCKER_HOST, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: trust, DOCKER_CONFIG: config };
}

async function mint(expiresAt: Date | null = null) {
  const { app } = stage.berth.server;
  const minted = await tokenMint();
  const { id } = await tenantTokenInsert(tenantScope(app.db, red.id), {
    name: 'test',
    hash: minted.hash,
    prefix: minted.prefix,
    expiresAt,
  });
  return { id, text: minted.text };
}

describe('a token in place of a certificate', () => {
  it('opens calls and upgrades alike', async () => {
    const env = await tokenEnv(red.token);
    const docker = (args: string[], input = '') => dockerRun(args, env, { input });
    expect((await docker(['ps', '--format', '{{.Names}}'])).stdout).toBe('box\n');
    expect((await docker(['exec', '-i', 'box', 'cat'], 'through exec\n')).stdout).toBe('through exec\n');
    expect(await docker(['run', '--rm', '-i', 'busybox', 'cat'], 'through run\n')).toEqual({
      code: 0,
      stdout: 'through run\n',
      stderr: '',
    });
  });
});

describe('a credential that does not open', () => {
  const told = /^1: .*(Error response from daemon|error during connect): .*/;
  const fails = async (env: Record<string, string>, ...args: string[]) => {
    const { code, stderr } = await dockerRun(args, env);
    return `${code}: ${stderr.trim()}`;
  };

  it('none at all', async () => {
    const { DOCKER_HOST = '', DOCKER_CERT_PATH = '' } = await tokenEnv('');
    const refusal = await fails({ DOCKER_HOST, DOCKER_CERT_PATH, DOCKER_TLS_VERIFY: '1', DOCKER_CONFIG: folder }, 'ps');
    expect(refusal).toMatch(told);
    expect(refusal).toMatch(/token|certificate/);
  });

  it('a wrong token, an expired and a revoked one, told alike, on calls and upgrades', async () => {
    const wrong = (await tokenMint()).text;
    const expired = await mint(new Date(Date.now() - 1000));
    const revoked = await mint();
    await tokenRevoke(tenantScope(stage.berth.server.app.db, red.id), revoked.id);
    const refusals = new Set<string>();
    for (const token of [wrong, expired.text, revoked.text, 'nonsense']) {
      const env = await tokenEnv(token);
      refusals.add(await fails(env, 'ps'));
      expect(await fails(env, 'exec', 'box', 'true')).toMatch(told);
    }
    expect(refusals.size).toBe(1);
    expect([...refusals][0]).toMatch(told);
  });

  it('a certificate that another authority signed', async () => {
    const certs = await mkdtemp(join(folder, 'foreign-'));
    const { csrPem, keyPem } = await csrMake('red');
    const signed = await stage.berth.server.serverAuthority.clientSign(csrPem, 'red', 1);
    const pems = { ca: stage.berth.server.serverAuthority.certificatePem, cert: signed.certificatePem, key: keyPem };
    for (const [name, pem] of Object.entries(pems)) await writeFile(join(certs, `${name}.pem`), pem);
    expect(await fails({ ...red.env, DOCKER_CERT_PATH: certs }, 'ps')).toMatch(/^1: /);
  });

  it('revoked while a stream is open: the stream ends', async () => {
    const token = await mint();
    const env = await tokenEnv(token.text);
    const exec = liveDocker(env, 'exec', '-i', 'box', 'sh', '-c', 'echo open; cat');
    await exec.saw('open');
    await tokenRevoke(tenantScope(stage.berth.server.app.db, red.id), token.id);
    let code: number | undefined;
    void exec.ended.then((value) => (code = value));
    await until(() => code !== undefined, 3);
    expect(code).not.toBe(0);
  });
});
