import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploymentRevise, deploymentWish } from '../../src/db/store/deployment.ts';
import { hostUpdate } from '../../src/db/store/host.ts';
import { loadBegin } from '../edge/load.ts';
import { type EdgeStage, edgeStageUp, httpGet } from '../edge/stage.ts';
import { freePort } from '../free-port.ts';
import { until } from '../harness.ts';
import { deploy, deployment, readyAwait, replicas, scopeOf, specOf } from './stage.ts';

let stage: EdgeStage;

beforeAll(async () => {
  stage = await edgeStageUp('deployments');
});
afterAll(() => stage?.down());

/** Answers every request with the same word; healthy once it does, and gone half a second after it is asked to go. */
function webSpec(published: number, generation: number) {
  const serve = `echo steady > /tmp/index.html; trap 'sleep 0.5; exit 0' TERM; httpd -f -p 80 -h /tmp & wait`;
  return specOf(
    {
      Cmd: ['sh', '-c', serve],
      Env: [`GENERATION=${generation}`],
      Healthcheck: {
        Test: ['CMD', 'wget', '-qO', '/dev/null', 'http://127.0.0.1/'],
        Interval: 500_000_000,
        Timeout: 2_000_000_000,
        Retries: 3,
      },
    },
    { ports: [{ published, target: 80, protocol: 'tcp', proxyProtocol: false }] },
  );
}

describe('under a constant load of requests through the edge', () => {
  it('neither a rolling update nor a drained host fails one', async () => {
    const { berth, red } = stage;
    const port = await freePort();
    const { id } = await deploy(berth, red, 'shop', webSpec(port, 1));
    await readyAwait(berth, red, id);
    await until(async () => (await httpGet(port).catch(() => '')) === 'steady\n');
    const scope = scopeOf(berth, red);
    const image =
      (await deployment(berth, red, id)).revision === 1
        ? ((await berth.server.app.db.execute<{ image_id: string }>('select image_id from revision'))[0]?.image_id ?? '')
        : '';
    const load = loadBegin(port, 'steady\n', 2);

    const before = (await replicas(berth, red, 'shop')).map((one) => one.id);
    await deploymentRevise(scope, id, null, webSpec(port, 2), image);
    await until(async () => (await deployment(berth, red, id)).stableRevision === 2, 60);
    await load.answered(20);
    await until(async () => (await replicas(berth, red, 'shop')).every((one) => !before.includes(one.id)), 30);
    const after = await replicas(berth, red, 'shop');

    const leaving = after[0]?.host ?? '';
    await hostUpdate(berth.server.app.system, leaving, { upkeep: 'drain' });
    await until(async () => {
      const now = await replicas(berth, red, 'shop');
      return now.length === 3 && now.every(({ host }) => host !== leaving);
    }, 60);
    await load.answered(20);
    const { requests, failures } = await load.end();
    console.log(`${requests} requests during a rolling update and a drain, ${failures.length} failed`);
    expect(failures).toEqual([]);
    await hostUpdate(berth.server.app.system, leaving, { upkeep: 'none' });
    await deploymentWish(scope, id, null, { state: 'deleting' });
    await until(async () => (await deployment(berth, red, id)) === undefined);
    // The edge hears of it a moment later.
    await until(() =>
      httpGet(port).then(
        () => false,
        () => true,
      ),
    );
  });

  it('says which port is taken, and takes it once it is free', async () => {
    const { berth, red } = stage;
    const port = await freePort();
    await red.out('run', '-d', '--name', 'holder', '-p', `${port}:80`, 'busybox', 'sleep', '1000');
    const { id } = await deploy(berth, red, 'late', webSpec(port, 1));
    await until(async () => (await deployment(berth, red, id)).reason.includes(`port ${port}`));
    await red.out('rm', '-f', 'holder');
    await readyAwait(berth, red, id);
    await until(async () => (await httpGet(port).catch(() => '')) === 'steady\n');
    await deploymentWish(scopeOf(berth, red), id, null, { state: 'deleting' });
    await until(async () => (await deployment(berth, red, id)) === undefined);
  });
});

describe('a replica that turns unhealthy', () => {
  it('keeps the connections it has while another takes its place, and goes with the last of them', async () => {
    const { berth, red } = stage;
    const port = await freePort();
    // Says its name to whoever comes, and then repeats what it hears.
    const talk = 'nc -ll -p 80 -e sh -c "hostname; cat"';
    const Healthcheck = { Test: ['CMD', 'test', '!', '-e', '/tmp/sick'], Interval: 500_000_000, Retries: 1 };
    const { id } = await deploy(
      berth,
      red,
      'talk',
      specOf(
        { Cmd: ['sh', '-c', talk], StopTimeout: 0, Healthcheck },
        { replicas: 1, ports: [{ published: port, target: 80, protocol: 'tcp', proxyProtocol: false }] },
      ),
    );
    await readyAwait(berth, red, id);
    const [old] = await replicas(berth, red, 'talk');
    const heard: string[] = [];
    const client = connect(port, '127.0.0.1').on('error', (error) => heard.push(String(error)));
    client.on('data', (data) => heard.push(data.toString()));
    await until(() => heard.join('').trim() === old?.id.slice(0, 12));

    await red.out('exec', old?.name ?? '', 'touch', '/tmp/sick');
    const nameNow = () =>
      new Promise<string>((resolve) => {
        const guest = connect(port, '127.0.0.1', () => guest.once('data', (data) => resolve(data.toString().trim())));
        guest.on('error', () => resolve('')).once('close', () => resolve(''));
        guest.once('data', () => guest.destroy());
      });
    await until(async () => {
      const name = await nameNow();
      return name !== '' && name !== old?.id.slice(0, 12);
    });
    expect((await replicas(berth, red, 'talk')).map((one) => one.id)).toContain(old?.id);
    heard.length = 0;
    client.write('are you there?');
    await until(() => heard.length > 0);
    expect(heard.join('')).toBe('are you there?');

    client.destroy();
    await until(async () => !(await replicas(berth, red, 'talk')).some((one) => one.id === old?.id));
    await deploymentWish(scopeOf(berth, red), id, null, { state: 'deleting' });
    await until(async () => (await deployment(berth, red, id)) === undefined);
  });
});
