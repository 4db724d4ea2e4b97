import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet } from '../../edge/stage.ts';
import { freePort } from '../../free-port.ts';
import { until } from '../../harness.ts';
import { type ClientsStage, clientsStageUp } from '../stage.ts';
import { type Project, shopProject } from './project.ts';
import { shopImagesMake } from './shop-images.ts';

let stage: ClientsStage;
let shop: Project;
let port: number;

beforeAll(async () => {
  stage = await clientsStageUp('compose');
  await shopImagesMake(stage.red);
  port = await freePort();
  shop = shopProject(stage.red, 'shop', { SHOP_PORT: String(port) });
});
afterAll(() => stage?.down());

/** What the whole chain of services answers at the published port, at the name in DOCKER_HOST. */
const asked = () => httpGet(port, 'localhost', '/cgi-bin/shop');
/** A command ends when a container runs: what runs in it, or asks it, may still be on its way, and so is the edge to a port that is no more. */
const answers = (pattern: RegExp) => until(async () => pattern.test(await asked().catch(String)));
const inspected = (format: string, ...services: string[]) =>
  stage.red.out('inspect', '--format', format, ...services.map((service) => `shop_${service}_1`));
const ids = async () => (await shop.out('ps', '-q')).split('\n').sort();
const states = async () =>
  Object.fromEntries((await stage.red.out('ps', '-a', '--format', '{{.Names}} {{.State}}')).split('\n').map((line) => line.split(' ')));

// One application, from its first start to its end: each test goes on where the one before it left off.

describe('docker-compose up', () => {
  it('starts three services in the order of their health, and the address answers', async () => {
    await shop.out('up', '-d');
    await answers(/^hello from [0-9a-f]{12}: one teapot\n$/);
    const started = (await inspected('{{.State.StartedAt}}', 'db', 'api', 'web')).split('\n');
    expect(started).toEqual(started.toSorted());
    expect(await inspected('{{.State.Health.Status}}', 'db', 'api')).toBe('healthy\nhealthy');
  });

  it('puts all members on one host, and says nothing of it', async () => {
    const hosts = new Set([...stage.berth.server.app.directory.containers.all()].map(({ hostId }) => hostId));
    expect(hosts.size).toBe(1);
    expect(await inspected('{{json .}}', 'db', 'api', 'web')).not.toMatch(/host-[12]/);
  });

  it('gives each service the names that its networks know it by', async () => {
    const lookup = (service: string, name: string) => shop.run(['exec', '-T', service, 'nslookup', name]);
    for (const [service, name] of [
      ['web', 'api'],
      ['web', 'api.shop'],
      ['api', 'database'],
      ['api', 'db'],
    ] as const)
      expect(await lookup(service, name), `${service} asks for ${name}`).toMatchObject({ code: 0 });
    expect(await lookup('web', 'database')).toMatchObject({ code: 1 });
    expect(await stage.red.out('network', 'inspect', '--format', '{{.Internal}}', 'shop_back', 'shop_front')).toBe('true\nfalse');
  });

  it('fills a named volume from its image and labels it', async () => {
    expect(await shop.out('exec', '-T', 'db', 'cat', '/var/orders/1')).toBe('one teapot');
    expect(
      await stage.red.out(
        'volume',
        'inspect',
        '--format',
        '{{index .Labels "shop.kept"}} {{index .Labels "com.docker.compose.volume"}}',
        'shop_orders',
      ),
    ).toBe('yes orders');
  });

  it('leaves everything as it is when nothing was changed', async () => {
    const before = await ids();
    expect((await shop.run(['up', '-d'])).stderr).toContain('shop_web_1 is up-to-date');
    expect(await ids()).toEqual(before);
  });

  it('makes anew only what was changed', async () => {
    const before = await inspected('{{.Id}}', 'db', 'api', 'web');
    expect(await shop.run(['up', '-d'], { SHOP_GREETING: 'welcome' })).toMatchObject({ code: 0 });
    await answers(/^welcome from /);
    const [db, api, web] = (await inspected('{{.Id}}', 'db', 'api', 'web')).split('\n');
    expect(before.split('\n')).toEqual([db, expect.not.stringMatching(api ?? ''), web]);
  });

  it('keeps named and anonymous volumes of what it makes anew', async () => {
    await shop.out('exec', '-T', 'db', 'sh', '-c', 'echo two cups > /var/orders/2; echo drawn > /var/scratch/plan');
    await shop.out('up', '-d', '--force-recreate', '--no-deps', 'db');
    expect(await shop.out('exec', '-T', 'db', 'sh', '-c', 'cat /var/orders/* /var/scratch/plan')).toBe('one teapot\ntwo cups\ndrawn');
    await answers(/one teapot\ntwo cups\n$/);
  });

  it('brings more of a service and takes them away again', async () => {
    await shop.out('up', '-d', '--no-recreate', '--scale', 'api=3');
    expect(Object.keys(await states()).sort()).toEqual(['shop_api_1', 'shop_api_2', 'shop_api_3', 'shop_db_1', 'shop_web_1']);
    const saying = new Set<string>();
    await until(async () => {
      const [, who] = /^(\w+ from \w+): one teapot/.exec(await asked().catch(() => '')) ?? [];
      if (who !== undefined) saying.add(who);
      return saying.size > 1;
    });
    await shop.out('scale', 'api=1');
    expect(Object.keys(await states()).sort()).toEqual(['shop_api_1', 'shop_db_1', 'shop_web_1']);
  });
});

describe('docker-compose, of what runs', () => {
  it('lists the services with their health and ports', async () => {
    const table = await shop.out('ps');
    expect(table).toMatch(/^shop_api_1\s+httpd -f -vv -h \/api -p 80\s+Up \(healthy\)/m);
    expect(table).toMatch(new RegExp(`^shop_web_1\\s+httpd -f -vv -h /web -p 80\\s+Up\\s+0.0.0.0:${port}->80/tcp`, 'm'));
    expect(await shop.out('ps', '--services', '--filter', 'status=running')).toBe('db\napi\nweb');
  });

  it('tells ports, processes and images', async () => {
    expect(await shop.out('port', 'web', '80')).toBe(`0.0.0.0:${port}`);
    expect(await shop.out('top', 'web')).toMatch(/^shop_web_1\nUID .*CMD\s*\n-+\nroot .* httpd -f -vv -h \/web -p 80/);
    expect(await shop.out('images')).toMatch(/^shop_db_1\s+shop-db\s+latest\s+[0-9a-f]{12}\s/m);
  });

  it('prints the file as it understands it', async () => {
    expect(await shop.out('config', '--services')).toBe('db\napi\nweb');
    expect(await shop.out('config')).toContain(`published: ${port}`);
  });

  it('runs a command in a service, with its input and its exit code', async () => {
    expect(await shop.run(['exec', '-T', 'api', 'sh', '-c', 'echo $DATABASE; echo broken >&2; exit 3'])).toEqual({
      code: 3,
      stdout: 'database\n',
      stderr: 'broken\n',
    });
    expect(
      await shop.run(['exec', '-T', '--workdir', '/var', '-e', 'CUP=blue', 'db', 'sh', '-c', 'pwd; echo $CUP; cat'], {}, 'tea'),
    ).toMatchObject({
      stdout: '/var\nblue\ntea',
    });
  });

  it('runs a service once, beside the others, and leaves nothing of it', async () => {
    const before = await ids();
    const once = await shop.run([
      'run',
      '--rm',
      '-T',
      '-e',
      'GREETING=once',
      'api',
      'sh',
      '-c',
      'echo $GREETING; nc -w 1 database 5432 < /dev/null; exit 4',
    ]);
    expect(once).toMatchObject({ code: 4, stdout: 'once\none teapot\ntwo cups\n' });
    expect(await ids()).toEqual(before);
    expect(await stage.red.out('ps', '-aq', '--filter', 'label=com.docker.compose.oneoff=True')).toBe('');
  });

  it('prints the logs of all services, named by service', async () => {
    const line = /^web_1 +\| \[::ffff:[0-9.]+\]:\d+: url:\/cgi-bin\/shop$/m;
    expect(await shop.out('logs')).toMatch(line);
    expect(await shop.out('logs', 'api')).not.toMatch(line);
    expect((await shop.out('logs', '--tail', '1', '-t', 'web')).split('\n')[1]).toMatch(/^web_1 +\| \d{4}-\d\d-\d\dT[0-9:.]+Z \[/);
  });

  it('follows the logs until it is interrupted', async () => {
    const logs = shop.live('logs', '-f', '--tail', '0', 'web');
    await until(async () => {
      await asked();
      return /^web_1 +\| .*url:\/cgi-bin\/shop$/m.test(logs.text);
    });
    logs.signal('SIGINT');
    expect(await logs.ended).not.toBe(124);
  });

  it('tells of what happens to its containers', async () => {
    const events = shop.live('events', '--json');
    // It says nothing when it is ready, so something happens until it has told of it.
    await until(async () => {
      await shop.out('exec', '-T', 'web', 'true');
      return events.text.includes('exec_start');
    });
    await shop.out('kill', '-s', 'SIGURG', 'db');
    await events.saw('"action": "kill"');
    const lines = events.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ service: 'db', action: 'kill', attributes: { name: 'shop_db_1', signal: '23' } });
    events.signal('SIGINT');
    await events.ended;
  });
});

describe('docker-compose, changing what runs', () => {
  it('pauses and goes on', async () => {
    await shop.out('pause');
    expect(await states()).toEqual({ shop_api_1: 'paused', shop_db_1: 'paused', shop_web_1: 'paused' });
    await shop.out('unpause');
    await answers(/one teapot/);
  });

  it('restarts, and the port stays', async () => {
    await shop.out('restart', 'web');
    expect(await shop.out('port', 'web', '80')).toBe(`0.0.0.0:${port}`);
    await answers(/one teapot/);
  });

  it('stops and starts', async () => {
    await shop.out('stop', 'web');
    expect(await states()).toMatchObject({ shop_web_1: 'exited', shop_api_1: 'running' });
    await answers(/ECONNREFUSED/);
    await shop.out('start', 'web');
    await answers(/one teapot/);
  });

  it('kills, and brings what was killed again', async () => {
    await shop.out('kill');
    expect(new Set(Object.values(await states()))).toEqual(new Set(['exited']));
    expect(await inspected('{{.State.ExitCode}}', 'db', 'api', 'web')).toBe('137\n137\n137');
    await shop.out('up', '-d', '--no-recreate');
    await answers(/two cups/);
  });
});

describe('docker-compose down -v', () => {
  it('leaves nothing behind', async () => {
    await shop.out('down', '-v');
    expect(await stage.red.out('ps', '-aq')).toBe('');
    expect(await stage.red.out('network', 'ls', '--format', '{{.Name}}', '--filter', 'type=custom')).toBe('');
    await answers(/ECONNREFUSED/);
    // What Compose v1 hands on from a container to the one made anew it names, and so forgets, with any engine.
    const handedOn = /^[0-9a-f]{64}$/;
    expect((await stage.red.out('volume', 'ls', '-q')).split('\n')).toEqual([expect.stringMatching(handedOn)]);
  });
});
