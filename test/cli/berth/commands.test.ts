import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processRun } from '../../../src/runtime/local/process.ts';
import { type FakeEngine, fakeEngineStart } from '../../fakes/engine/engine.ts';
import { FleetAuthority } from '../../fleet/certificates.ts';
import { dockerRun } from '../../harness.ts';
import { berthRun, type Terminal, terminalUp } from './berth-run.ts';

describe('berth', () => {
  let terminal: Terminal;
  let folder: string;
  beforeAll(async () => {
    terminal = await terminalUp();
    folder = await mkdtemp(join(tmpdir(), 'berth-cli-'));
  });
  afterAll(async () => {
    await terminal?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function berth(args: string[], env: Record<string, string> = terminal.env): Promise<string> {
    const { code, stdout, stderr } = await berthRun(args, env);
    expect(code, stderr).toBe(0);
    return stdout;
  }

  describe('tenant and token', () => {
    it('take a tenant from its first token to its end', async () => {
      const { id } = JSON.parse(await berth(['tenant', 'create', 'green', '--json']));
      expect(await berth(['tenant', 'list'])).toMatch(new RegExp(`^green +active .*${id}$`, 'm'));

      const token = (await berth(['token', 'create', 'owner', '--tenant', 'green', '--expires', '1h'])).trim();
      const own = { ...terminal.env, BERTH_TOKEN: token };
      const [listed] = JSON.parse(await berth(['token', 'list', '--json'], own));
      expect(listed).toMatchObject({ name: 'owner', prefix: token.slice(0, 12) });
      expect(Date.parse(listed.expiresAt) - Date.now()).toBeGreaterThan(3_500_000);
      expect(await berth(['token', 'list'], own)).toMatch(/^owner +berth_\S+… +valid /m);

      await berth(['token', 'revoke', listed.id, '--tenant', 'green']);
      expect(await berth(['token', 'list', '--tenant', 'green'])).toMatch(/^owner .* revoked /m);
      expect((await berthRun(['token', 'list'], own)).code).toBe(1);

      expect(await berth(['tenant', 'delete', 'green'])).toContain('green is being deleted');
      await expect.poll(() => berth(['tenant', 'list']), { timeout: 20_000, interval: 300 }).not.toContain('green');
      expect((await berthRun(['tenant', 'delete', 'green'], terminal.env)).stderr).toContain('There is no tenant "green"');
    });

    it("make and end an operator's", async () => {
      const token = (await berth(['token', 'create', 'on-call', '--operator'])).trim();
      const [listed] = JSON.parse(
        await berth(['token', 'list', '--operator', '--json'], { ...terminal.env, BERTH_OPERATOR_TOKEN: token }),
      ).filter((item: { name: string }) => item.name === 'on-call');
      await berth(['token', 'revoke', listed.id, '--operator']);
      expect((await berthRun(['tenant', 'list'], { ...terminal.env, BERTH_OPERATOR_TOKEN: token })).stderr).toContain(
        'BERTH_OPERATOR_TOKEN was used',
      );
    });

    it('list more than fit on a page', async () => {
      for (let i = 0; i < 205; i++) {
        const made = await fetch(`${terminal.env.BERTH_URL}/v1/tenants`, {
          method: 'POST',
          headers: { authorization: `Bearer ${terminal.env.BERTH_OPERATOR_TOKEN}`, 'content-type': 'application/json' },
          body: JSON.stringify({ name: `many-${i}` }),
        });
        expect(made.status).toBe(201);
      }
      const names = JSON.parse(await berth(['tenant', 'list', '--json'])).map((tenant: { name: string }) => tenant.name);
      expect(names.filter((name: string) => name.startsWith('many-')).length).toBe(205);
    });
  });

  describe('cert create', () => {
    it('writes what docker wants into a folder, its key for its owner alone', async () => {
      const out = join(folder, 'certs');
      const words = await berth(['cert', 'create', 'laptop', '--out', out, '--days', '3']);
      expect((await readdir(out)).sort()).toEqual(['ca.pem', 'cert.pem', 'key.pem']);
      expect((await stat(join(out, 'key.pem'))).mode & 0o777).toBe(0o600);
      const dockerHost = /DOCKER_HOST=(\S+)/.exec(words)?.[1] ?? '';
      const ps = await dockerRun(['ps', '--quiet'], {
        DOCKER_HOST: dockerHost,
        DOCKER_TLS_VERIFY: '1',
        DOCKER_CERT_PATH: out,
        DOCKER_CONFIG: folder,
      });
      expect(ps, ps.stderr).toMatchObject({ code: 0, stdout: '' });
    });

    it('never writes over a key', async () => {
      const out = join(folder, 'kept');
      await berth(['cert', 'create', '--out', out]);
      const before = await readFile(join(out, 'key.pem'), 'utf8');
      const again = await berthRun(['cert', 'create', '--out', out], terminal.env);
      expect(again.code).toBe(2);
      expect(again.stderr).toContain('already');
      expect(await readFile(join(out, 'key.pem'), 'utf8')).toBe(before);
    });
  });

  describe('context create', () => {
    it('makes a context that docker lists, uses, exports and removes', async () => {
      const config = join(folder, 'docker');
      const docker = (...args: string[]) => dockerRun(args, { DOCKER_CONFIG: config });
      await berth(['context', 'create', 'fleet-1'], { ...terminal.env, DOCKER_CONFIG: config });
      expect((await docker('context', 'ls', '--format', '{{.Name}} {{.DockerEndpoint}} {{.Error}}')).stdout).toMatch(
        /^fleet-1 tcp:\/\/localhost:\d+ $/m,
      );
      const version = await docker('--context', 'fleet-1', 'version', '--format', '{{.Server.Platform.Name}}');
      expect(version.code, version.stderr).toBe(0);

      const again = await berthRun(['context', 'create', 'fleet-1'], { ...terminal.env, DOCKER_CONFIG: config });
      expect(again.code).toBe(2);
      expect(again.stderr).toContain('docker context rm fleet-1');

      expect((await docker('context', 'rm', 'fleet-1')).code).toBe(0);
      expect((await processRun(['find', join(config, 'contexts'), '-name', '*.pem'])).stdout).toBe('');
    });
  });

  describe('quota and audit', () => {
    it('show a tenant what it may have, and take changes from operators alone', async () => {
      expect(await berth(['quota'])).toMatch(/^containers +0 +1000$/m);
      const changed = await berth(['quota', '--tenant', 'red', '--set', 'memory=64g', '--set', 'cpus=2.5', '--set', 'disk=1t']);
      expect(changed).toMatch(/^memory +0 +64g$/m);
      expect(changed).toMatch(/^cpus +0 +2\.5$/m);
      expect(await berth(['quota', '--tenant', 'red', '--set', 'cpus=none'])).toMatch(/^cpus +0 +-$/m);
      expect(changed).toMatch(/^disk +\d+ +1t$/m);
      expect((await berthRun(['quota', '--set', 'memory=1g'], terminal.env)).code).toBe(2);
      for (const wrong of ['memory=lots', 'ships=3', 'pids'])
        expect((await berthRun(['quota', '--tenant', 'red', '--set', wrong], terminal.env)).stderr).toContain('--set takes PART=VALUE');
    });

    it('list what was changed, for the tenant and for operators', async () => {
      const { id } = JSON.parse(await berth(['token', 'create', 'audited', '--json']));
      await berth(['token', 'revoke', id]);
      await expect
        .poll(() => berth(['audit', '-n', '5']), { timeout: 10_000, interval: 200 })
        .toMatch(/^\d{4}-\d\d-\d\d [\d:]{8} +tenant at 127\.0\.0\.1 +DELETE \/v1\/tenants\/\S+ .* done$/m);
      expect(await berth(['audit', '--operator', '--action', 'PATCH /v1/tenants/{tenantId}'])).toContain('operator at');
      expect((await berthRun(['audit', '-n', '0'], terminal.env)).stderr).toContain('-n takes 1 to 200');
    });
  });

  describe('hosts', () => {
    let engine: FakeEngine;
    let certs: string;
    beforeAll(async () => {
      const authority = await FleetAuthority.create();
      engine = await fakeEngineStart({ listen: { ca: authority.ca, ...(await authority.issue('127.0.0.1')) } });
      certs = await mkdtemp(join(folder, 'engine-'));
      for (const [kind, pem] of Object.entries({ ca: authority.ca, ...(await authority.issue()) }))
        await writeFile(join(certs, `${kind}.pem`), pem);
    });
    afterAll(() => engine?.stop());

    it('add one, show it, cordon it and remove it', async () => {
      expect(await berth(['hosts', 'add', 'one', engine.url, '--certs', certs, '--label', 'zone=a', '--label', 'disk=ssd'])).toMatch(
        /^[\da-f-]{36}\n$/,
      );
      expect(JSON.parse(await berth(['hosts', 'list', '--json']))).toMatchObject([{ name: 'one', labels: { zone: 'a', disk: 'ssd' } }]);
      await expect.poll(() => berth(['hosts', 'list']), { timeout: 15_000, interval: 300 }).toMatch(/^one +ready +tcp:/m);

      expect((await berthRun(['hosts', 'remove', 'one'], terminal.env)).stderr).toContain('Cordon it first');
      expect(await berth(['hosts', 'tenants', 'one'])).toMatch(/^one serves no tenant: its walls are \w+\.\n$/);
      expect(await berth(['hosts', 'tenants', 'one', '--allow', 'red', '--allow', 'blue'])).toContain('one serves red, blue: ');
      expect(await berth(['hosts', 'tenants', 'one', '--forbid', 'red'])).toContain('one serves blue: ');
      expect(await berth(['hosts', 'tenants', 'one', '--allow', '*'])).toContain('one serves blue, every tenant: ');
      expect((await berthRun(['hosts', 'tenants', 'one', '--allow', 'ghost'], terminal.env)).stderr).toContain(
        'There is no tenant "ghost"',
      );

      expect(await berth(['hosts', 'cordon', 'one'])).toBe('one takes no new containers.\n');
      expect(await berth(['hosts', 'list'])).toMatch(/^one +ready, cordoned /m);
      expect(await berth(['hosts', 'uncordon', 'one'])).toBe('one takes containers again.\n');
      await berth(['hosts', 'cordon', 'one']);
      expect(await berth(['hosts', 'remove', 'one'])).toBe('one is out of the fleet.\n');
      expect(JSON.parse(await berth(['hosts', 'list', '--json']))).toEqual([]);
    });

    it('tell why one cannot be added', async () => {
      const { code, stderr } = await berthRun(
        ['hosts', 'add', 'two', engine.url.replace('127.0.0.1', 'localhost'), '--certs', certs],
        terminal.env,
      );
      expect(stderr).toContain('another name');
      expect(code).toBe(1);
    });
  });
});
