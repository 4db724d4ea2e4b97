import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { berthRun } from '../cli/berth/berth-run.ts';
import { type FakeEngine, fakeEngineStart } from '../fakes/engine/engine.ts';
import { fakeRegistryFetch } from '../fakes/registry.ts';
import { type Berth, berthUp, type Tenant } from '../harness.ts';

let engine: FakeEngine;
let berth: Berth;
let red: Tenant;
let folder: string;

beforeAll(async () => {
  engine = await fakeEngineStart();
  berth = await berthUp({ hosts: [{ name: 'deploy-1', url: engine.url }], tenants: ['red'], registryFetch: fakeRegistryFetch() });
  red = berth.tenants.red as Tenant;
  folder = await mkdtemp(join(tmpdir(), 'berth-deploy-'));
});
afterAll(async () => {
  await berth?.stop();
  await engine?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const berthCli = (...args: string[]) =>
  berthRun(args, { BERTH_URL: `http://127.0.0.1:${berth.server.httpPort}`, BERTH_TOKEN: red.token }, folder);

const composeFile = (replicas: number) => `
name: shop
services:
  web:
    image: busybox:\${TAG:-1}
    command: sleep 1000
    stop_grace_period: 1s
    depends_on: [db]
    environment: {LEVEL: info}
    deploy: {replicas: ${replicas}, update_config: {monitor: 0s}}
  db:
    image: busybox
    command: sleep 1000
    stop_grace_period: 1s
    volumes: ["data:/data"]
volumes: {data: {}}
`;

describe('berth deploy', () => {
  it('makes a deployment of an image, pulls what is not there, and waits until it is ready', async () => {
    const made = await berthCli('deploy', 'solo', '--image', 'alpine:3', '--command', 'sleep 1000', '--replicas', '2', '--env', 'A=1');
    expect(made.stderr + made.stdout).toBe('solo: ready\n');
    expect(made.code).toBe(0);
    const { stdout } = await berthCli('deployments', 'list');
    expect(stdout).toMatch(/^solo +- +2\/2 +ready +1 /m);
    const shown = await berthCli('deployments', 'get', 'solo');
    expect(shown.stdout).toContain('image alpine:3 (sha256:');
    expect(shown.stdout.match(/ready/g)?.length).toBeGreaterThanOrEqual(3);
  });

  it('keeps what is not said when a deployment is deployed again', async () => {
    await berthCli('deploy', 'solo', '--image', 'alpine:3', '--env', 'B=2', '--detach');
    const { spec } = JSON.parse((await berthCli('deployments', 'get', 'solo', '--json')).stdout);
    expect(spec).toMatchObject({ env: { A: '1', B: '2' }, replicas: 2, args: ['sleep', '1000'] });
  });

  it('fails with the reason and the log of what failed', async () => {
    const failed = await berthCli('deploy', 'broken', '--image', 'busybox', '--command', 'sh -c "echo cannot reach the moon; exit 3"');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('broken: create failed');
    expect(failed.stderr).toContain('  | cannot reach the moon');
    await berthCli('deployments', 'delete', 'broken', '--detach');
  });

  it('keeps the image of every revision, so that going back pulls nothing', async () => {
    expect((await berthCli('deployments', 'scale', 'solo', '0')).stdout).toBe('solo: ready\n');
    const refused = await red.docker(['rmi', 'alpine:3']);
    expect(refused.stderr).toContain('deployment solo is using its referenced image');
  });

  it('scales, restarts and deletes, and says so when it is done', async () => {
    expect((await berthCli('deployments', 'scale', 'solo', '1')).stdout).toBe('solo: ready\n');
    expect((await berthCli('deployments', 'restart', 'solo')).stdout).toBe('solo: ready\n');
    expect((await berthCli('deployments', 'wait', 'solo', '--timeout', '20s')).stdout).toBe('solo: ready\n');
    expect((await berthCli('deployments', 'delete', 'solo')).stdout).toBe('solo: deleted\n');
    expect((await berthCli('deployments', 'get', 'solo')).stderr).toContain('no such deployment');
  });

  it('makes a stack of a Compose file, leaves alone what is the same, and prunes what is left out', async () => {
    const file = join(folder, 'compose.yaml');
    await writeFile(file, composeFile(2));
    const made = await berthCli('deploy', '-f', file);
    expect(made.stderr).toBe('');
    expect(made.stdout).toBe('shop_db: ready\nshop_web: ready\n');
    expect((await red.docker(['network', 'ls', '--format', '{{.Name}}'])).stdout).toContain('shop_default');
    expect((await red.docker(['volume', 'ls', '-q'])).stdout).toContain('shop_data');
    await writeFile(file, composeFile(3));
    expect((await berthCli('deploy', '-f', file)).stdout).toBe('shop_db: unchanged\nshop_web: ready\n');
    await writeFile(file, 'name: shop\nservices: {db: {image: busybox, command: sleep 1000, stop_grace_period: 1s}}\n');
    expect((await berthCli('deploy', '-f', file, '--prune')).stdout).toBe('shop_db: ready\nshop_web: deleted\n');
  });

  it('refuses by its name what a Compose file asks and nobody gives', async () => {
    const file = join(folder, 'refused.yaml');
    await writeFile(file, 'services: {web: {image: busybox, volumes: ["/etc:/x"]}}');
    const refused = await berthCli('deploy', '-f', file);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('services.web.volumes[0].type');
    await writeFile(file, 'services: {web: [');
    expect((await berthCli('deploy', '-f', file)).stderr).toContain('refused.yaml: ');
    expect((await berthCli('deploy', '-f', join(folder, 'none.yaml'))).code).toBe(2);
    expect((await berthCli('deploy', 'x')).code).toBe(2);
  });
});
