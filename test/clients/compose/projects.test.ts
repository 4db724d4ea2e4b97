import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../cli/stage.ts';
import { httpGet } from '../../edge/stage.ts';
import { freePort } from '../../free-port.ts';
import { until } from '../../harness.ts';
import { type ClientsStage, clientsStageUp } from '../stage.ts';
import { type Project, projectIn, shopProject } from './project.ts';
import { shopImagesMake } from './shop-images.ts';

let stage: ClientsStage;
let ports: number[];

beforeAll(async () => {
  stage = await clientsStageUp('projects');
  await Promise.all([stage.red, stage.blue].map(shopImagesMake));
  ports = [await freePort(), await freePort(), await freePort()];
});
afterAll(() => stage?.down());

const project = (client: Client, name: string, place: number, greeting: string) =>
  shopProject(client, name, { SHOP_PORT: String(ports[place]), SHOP_GREETING: greeting });
const asked = (place: number) => httpGet(ports[place] ?? 0, 'localhost', '/cgi-bin/shop');
/** A command ends when a container runs: what runs in it may still be on its way, and so is the edge to a port that is no more. */
const answers = (place: number, pattern: RegExp) => until(async () => pattern.test(await asked(place).catch(String)));
const left = async (client: Client) => [
  await client.out('ps', '-aq'),
  await client.out('volume', 'ls', '-q'),
  await client.out('network', 'ls', '-q', '--filter', 'type=custom'),
];

describe('several projects', () => {
  let projects: Project[];

  it('stand side by side, also under one name of two tenants', async () => {
    projects = [project(stage.red, 'shop', 0, 'red'), project(stage.red, 'store', 1, 'store'), project(stage.blue, 'shop', 2, 'blue')];
    await Promise.all(projects.map((each) => each.out('up', '-d')));
    await answers(0, /^red from .*one teapot\n$/);
    await answers(1, /^store from .*one teapot\n$/);
    await answers(2, /^blue from .*one teapot\n$/);
  });

  it('keep their data apart', async () => {
    await projects[0]?.out('exec', '-T', 'db', 'sh', '-c', 'echo of red > /var/orders/1');
    expect(await asked(0)).toContain('of red');
    for (const place of [1, 2]) expect(await asked(place)).toContain('one teapot');
  });

  it('do not resolve each other’s names', async () => {
    for (const name of ['shop_db_1', 'store_db_1', 'store_api_1'])
      expect(await projects[2]?.run(['exec', '-T', 'web', 'nslookup', name]), name).toMatchObject({ code: 1 });
  });

  it('cannot publish one port twice, and are told so in Docker’s words', async () => {
    const late = shopProject(stage.blue, 'late', { SHOP_PORT: String(ports[0]) });
    expect(await late.fails('up', '-d', '--no-deps', 'web')).toContain(`Bind for 0.0.0.0:${ports[0]} failed: port is already allocated`);
    await late.out('down', '-v');
  });

  it('end each alone, and with all their data', async () => {
    await projects[0]?.out('down', '-v');
    expect(await left(stage.red)).toEqual([
      expect.stringMatching(/^.+\n.+\n.+$/),
      expect.stringContaining('store_orders'),
      expect.stringMatching(/^.+\n.+$/),
    ]);
    await answers(0, /ECONNREFUSED/);
    expect([await asked(1), await asked(2)].join('')).toMatch(/^store from .*\nblue from /);
    await Promise.all(projects.slice(1).map((each) => each.out('down', '-v')));
    for (const client of [stage.red, stage.blue]) expect(await left(client)).toEqual(['', '', '']);
  });
});

describe('a project in the foreground', () => {
  it('shows what its services print, and ends with the first that ends', async () => {
    const shop = project(stage.red, 'front', 0, 'hello');
    const up = shop.live('up', '--abort-on-container-exit', '--exit-code-from', 'web', '-t', '1');
    // Compose v1 prints a line once the next one has come.
    await until(async () => {
      await asked(0).catch(() => '');
      return /^web_1 +\| .*url:\/cgi-bin\/shop$/m.test(up.text);
    });
    await shop.out('kill', 'web');
    expect(await up.ended).toBe(137);
    expect(up.text).toContain('front_web_1 exited with code 137');
    await shop.out('down', '-v');
  });
});

describe('docker-compose pull', () => {
  it('brings the images of all services from the fleet’s registry', async () => {
    await stage.publish('shop-web', 'shop-api', 'shop-db');
    const shop = shopProject(stage.red, 'pulled', { SHOP_REGISTRY: `${stage.registry.address}/` });
    await shop.out('pull');
    expect(
      (await stage.red.out('images', '--format', '{{.Repository}}', '--filter', `reference=${stage.registry.address}/*`))
        .split('\n')
        .sort(),
    ).toEqual(['shop-api', 'shop-db', 'shop-web'].map((name) => `${stage.registry.address}/${name}`));
  });

  it('says what it cannot bring', async () => {
    const shop = shopProject(stage.red, 'pulled', { SHOP_REGISTRY: `${stage.registry.address}/none-` });
    expect(await shop.fails('pull', 'web')).toMatch(/not found|does not exist/);
  });
});

describe('docker-compose build', () => {
  it('builds what a service is made of, with its arguments, and runs it', async () => {
    const cafe = projectIn('built', stage.red, 'cafe', {});
    expect(await cafe.out('build')).toContain('Successfully tagged cafe:1');
    expect(await cafe.run(['run', '--rm', '-T', 'cafe'])).toMatchObject({ code: 0, stdout: 'black tea\ntable for two\n' });
  });

  it('builds anew with up --build what was changed', async () => {
    const cafe = projectIn('built', stage.red, 'cafe', { LEAF: 'white' });
    await cafe.out('up', '-d', '--build');
    await until(async () => (await cafe.out('logs', 'cafe')).includes('white tea'));
    await cafe.out('down', '-v', '--rmi', 'local');
  });
});
