import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBegin } from '../../src/app/build.ts';
import { tenantScope } from '../../src/db/scope.ts';
import { labels } from '../../src/domain/labels.ts';
import { buildRequestRead } from '../../src/policy/build-request.ts';
import { queryRead } from '../../src/policy/query.ts';
import { appStart, type RunningApp } from '../../src/runtime/app-node.ts';
import { berthVersion } from '../../src/runtime/package.ts';
import { sealOpen } from '../../src/vault/seal.ts';
import { type Client, type Stage, stageUp } from '../cli/stage.ts';
import { until } from '../harness.ts';
import { tarOf } from '../pure/images/tar-maker.ts';

let stage: Stage;
let red: Client;
let folder: string;

beforeAll(async () => {
  stage = await stageUp('build-ends');
  red = stage.red;
  folder = await mkdtemp(join(tmpdir(), 'berth-build-'));
});
afterAll(async () => {
  await stage?.down();
  await rm(folder, { recursive: true, force: true });
});

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const running = () => red.out('ps', '-q');

/** Nothing of a build is on any host, nor in the tenant's lists. */
async function nothingLeft(): Promise<boolean> {
  if ((await red.out('ps', '-aq')) !== '') return false;
  for (const { dockerHostEnv: env } of stage.hosts) {
    const half = await red.docker(['images', '-aq', '--filter', `label=${labels.build}`], { env });
    const containers = await red.docker(['ps', '-aq', '--filter', `label=${labels.tenant}=${red.id}`], { env });
    if (half.stdout !== '' || containers.stdout !== '') return false;
  }
  return true;
}

describe('a build that ends before its time', () => {
  it('leaves nothing when its client goes away', async () => {
    await writeFile(join(folder, 'Dockerfile'), 'FROM busybox\nRUN touch /one\nRUN sleep 1000\n');
    const client = spawn('docker', ['build', folder], { env: { ...process.env, ...red.env }, stdio: 'ignore' });
    await until(async () => (await running()) !== '', 30);
    client.kill('SIGKILL');
    await until(nothingLeft, 30);
  });

  it('leaves nothing when its server is killed in the middle of a step', async () => {
    const victim = await victimStart();
    const lines = await buildOf(victim, 'FROM busybox\nRUN touch /two\nRUN sleep 1000\n');
    for (let steps = 0; steps < 2; ) if ((await lines.next()).value?.stream?.includes('Running in')) steps++;
    lines.next().catch(() => {});
    await until(async () => (await running()) !== '', 30);
    await victim.kill();
    await until(nothingLeft, 60);
  });

  it('leaves nothing when its server is killed between a layer and its image', async () => {
    const { promise: committed, resolve } = Promise.withResolvers<void>();
    const victim = await victimStart(async (step) => {
      if (step !== 'build:committed') return;
      resolve();
      await new Promise(() => {});
    });
    const lines = await buildOf(victim, 'FROM busybox\nRUN touch /three\n');
    const reading = (async () => {
      for (let next = await lines.next(); !next.done; next = await lines.next());
    })();
    reading.catch(() => {});
    await committed;
    expect(await nothingLeft()).toBe(false);
    await victim.kill();
    await until(nothingLeft, 60);
  });
});

/** One more server of the installation. */
function victimStart(step?: (name: string) => Promise<void>): Promise<RunningApp> {
  return sealOpen(stage.berth.key).then((seal) =>
    appStart({
      ...{ databaseUrl: stage.berth.databaseUrl, blobs: stage.berth.blobs, seal, log: quiet, version: berthVersion },
      ...{ placement: 'spread', registries: [], ...(step && { step }) },
    }),
  );
}

/** Its lines are asked for one by one: to stop asking would end it in order. */
async function buildOf(victim: RunningApp, dockerfile: string) {
  await until(() => victim.app.fleet.hosts().length === 3 && victim.app.fleet.hosts().every((host) => host.watch.live));
  const context = (async function* () {
    yield tarOf([{ name: 'Dockerfile', content: dockerfile }]);
  })();
  const signal = new AbortController().signal;
  return buildBegin(victim.app, tenantScope(victim.app.db, red.id), buildRequestRead(queryRead('')), {
    ...{ context, credentials: new Map(), signal },
  });
}
