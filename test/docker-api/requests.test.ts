import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Connection, chunkOf, type RawReply, requestText, tenantConnect } from './connection.ts';
import { tarFile } from './tar-file.ts';
import { containerMake, containerRun, execMake, type Wire, wireUp } from './wire-up.ts';

let wire: Wire;
let box: string;
beforeAll(async () => {
  wire = await wireUp('wire-requests');
  box = await containerRun(wire.red, ['sleep', '600'], {}, 'box');
});
afterAll(() => wire?.down());

const connect = () => tenantConnect(wire.red);
async function ask(method: string, path: string, options: Parameters<typeof requestText>[2] = {}): Promise<RawReply> {
  const connection = (await connect()).send(requestText(method, path, options));
  const reply = await connection.reply({ bodiless: method === 'HEAD' });
  connection.destroy();
  return reply;
}
const message = (reply: RawReply): string => JSON.parse(reply.text).message;

describe('versions and paths', () => {
  it.each(['GET', 'HEAD'])('%s /_ping says what a client negotiates by', async (method) => {
    const reply = await ask(method, '/_ping');
    expect(reply.status).toBe(200);
    expect(reply.text).toBe(method === 'GET' ? 'OK' : '');
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      ...{ 'api-version': '1.47', 'builder-version': '1', 'docker-experimental': 'false', ostype: 'linux', swarm: 'inactive' },
      'cache-control': 'no-cache, no-store, must-revalidate',
    });
    expect(reply.headers.get('server')).toMatch(/^Berth\/\S+ \(linux\)$/);
  });

  it.each(['', '/v1.24', '/v1.41', '/v1.47'])('serves %s/version, the same for all', async (prefix) => {
    const version = JSON.parse((await ask('GET', `${prefix}/version`)).text);
    expect([version.ApiVersion, version.MinAPIVersion]).toEqual(['1.47', '1.24']);
  });

  it.each([
    ['/v1.23/version', 'client version 1.23 is too old. Minimum supported API version is 1.24'],
    ['/v1.48/version', 'client version 1.48 is too new. Maximum supported API version is 1.47'],
    ['/v2.0/version', 'client version 2.0 is too new'],
  ])('%s is refused in the words that clients know', async (path, words) => {
    const reply = await ask('GET', path);
    expect(reply.status).toBe(400);
    expect(message(reply)).toContain(words);
  });

  it.each([
    '/v1.41.0/version',
    '/v1/version',
    '/containers%2fjson',
    '/v1.47/containers/%2e%2e/json',
    '/v1.47/./version',
    '/v1.47/../version',
    '//version',
    '/v1.47//containers/json',
    '/v1.47/containers/json/',
    '/v1.47/containers/a%00/json',
    '/v1.47/containers/%zz/json',
    '/v1.47/containers/a\\b/json',
  ])('the path %s reads as nothing', async (path) => {
    expect((await ask('GET', path)).status).toBe(400);
  });

  it('decodes a path once, and no more', async () => {
    expect((await ask('GET', '/v1.47/containers/%62ox/json')).status).toBe(200);
    expect((await ask('GET', '/v1.47/containers/%2562ox/json')).status).toBe(404);
  });

  it('answers in the version that was asked', async () => {
    const inspect = async (version: string) => JSON.parse((await ask('GET', `/v${version}/containers/box/json`)).text);
    const [old, now] = [await inspect('1.41'), await inspect('1.47')];
    expect(Object.values<object>(old.NetworkSettings.Networks)[0]).not.toHaveProperty('DNSNames');
    expect(Object.values<object>(now.NetworkSettings.Networks)[0]).toHaveProperty('DNSNames');
    expect(old.HostConfig).toHaveProperty('KernelMemory');
    expect(now.HostConfig).not.toHaveProperty('KernelMemory');
    const image = async (version: string) => JSON.parse((await ask('GET', `/v${version}/images/busybox/json`)).text);
    expect(await image('1.41')).toHaveProperty('VirtualSize');
    expect(await image('1.47')).not.toHaveProperty('VirtualSize');
  });
});

describe('one connection, many requests', () => {
  it('goes on after each kind of reply', async () => {
    const connection = await connect();
    const next = (method: string, path: string, options?: Parameters<typeof requestText>[2]) =>
      connection.send(requestText(method, path, options)).reply({ bodiless: method === 'HEAD' });
    expect((await next('GET', '/v1.47/version')).status).toBe(200);
    expect((await next('HEAD', '/_ping')).status).toBe(200);
    expect((await next('GET', '/v1.47/containers/json')).status).toBe(200);
    expect((await next('POST', '/v1.47/containers/box/start')).status).toBe(304);
    expect((await next('POST', '/v1.47/containers/box/pause')).status).toBe(204);
    expect((await next('POST', '/v1.47/containers/box/unpause')).status).toBe(204);
    expect((await next('GET', '/v1.47/containers/box/logs?stdout=1')).status).toBe(200);
    expect((await next('GET', '/v1.47/containers/box/stats?stream=0&one-shot=1')).status).toBe(200);
    expect((await next('GET', '/v1.47/containers/box/archive?path=/etc/passwd')).status).toBe(200);
    expect((await next('HEAD', '/v1.47/containers/box/archive?path=/etc/passwd')).status).toBe(200);
    expect((await next('GET', '/v1.47/containers/nosuch/json')).status).toBe(404);
    expect((await next('GET', '/v1.47/swarm')).status).toBe(501);
    expect((await next('POST', '/v1.47/containers/create', { body: '{' })).status).toBe(400);
    expect((await next('POST', '/v1.47/containers/create', { body: { Image: 'busybox', HostConfig: { Privileged: true } } })).status).toBe(
      403,
    );
    expect((await next('GET', '/v1.47/version')).headers.get('connection')).not.toBe('close');
  });

  it('answers requests sent at once in their order', async () => {
    const connection = await connect();
    connection.send(
      ['/v1.47/version', '/v1.47/containers/box/logs?stdout=1', '/v1.47/containers/nosuch/json', '/_ping']
        .map((path) => requestText('GET', path))
        .join(''),
    );
    const replies = [await connection.reply(), await connection.reply(), await connection.reply(), await connection.reply()];
    expect(replies.map((reply) => reply.status)).toEqual([200, 200, 404, 200]);
    expect(replies[3]?.text).toBe('OK');
  });

  it('judges each request by its own credential', async () => {
    const connection = await Connection.open({ port: wire.berth.server.enginePort });
    const list = (token: string) =>
      connection.send(requestText('GET', '/v1.47/containers/json?all=1', { headers: { Authorization: `Bearer ${token}` } })).reply();
    expect(JSON.parse((await list(wire.red.token)).text)).toHaveLength(1);
    expect(JSON.parse((await list(wire.blue.token)).text)).toHaveLength(0);
    expect((await list('berth_nothing')).status).toBe(401);
  });

  it('refuses a request that could be read in two ways', async () => {
    const connection = await connect();
    connection.send(
      requestText('POST', '/v1.47/containers/create', { headers: { 'Content-Length': '5', 'Transfer-Encoding': 'chunked' } }),
      '0\r\n\r\nGET /v1.47/version HTTP/1.1\r\nHost: x\r\n\r\n',
    );
    expect((await connection.head()).status).toBe(400);
    await connection.closed();
  });

  it('tells what is no HTTP once, and ends', async () => {
    const connection = (await connect()).send('hello\r\n\r\n');
    expect((await connection.head()).status).toBe(400);
    await connection.closed();
  });
});

describe('a body that waits to be wanted (Expect: 100-continue)', () => {
  const expectContinue = { Expect: '100-continue' };

  it('is asked for on PUT archive and arrives', async () => {
    const tar = tarFile('waited', 'for');
    const connection = (await connect()).send(
      requestText('PUT', '/v1.47/containers/box/archive?path=/tmp', {
        headers: { ...expectContinue, 'Content-Length': String(tar.length) },
      }),
    );
    expect((await connection.head()).status).toBe(100);
    connection.send(tar);
    expect((await connection.reply()).status).toBe(200);
    expect((await ask('HEAD', '/v1.47/containers/box/archive?path=/tmp/waited')).status).toBe(200);
  });

  it('is asked for on load', async () => {
    const connection = (await connect()).send(
      requestText('POST', '/v1.47/images/load', { headers: { ...expectContinue, 'Transfer-Encoding': 'chunked' } }),
    );
    expect((await connection.head()).status).toBe(100);
    connection.send(chunkOf('this is no archive'), chunkOf(''));
    expect((await connection.reply()).status).toBeGreaterThanOrEqual(400);
  });

  it.each([
    ['no credential', (path: string) => path, 401, { Authorization: 'Bearer nonsense' }],
    ['no such container', (path: string) => path.replace('box', 'nosuch'), 404, {}],
    ['no such route', (path: string) => path.replace('archive', 'checkpoints'), 501, {}],
  ])('is not asked for with %s', async (_, path, status, headers) => {
    const connection = (await connect()).send(
      requestText('PUT', path('/v1.47/containers/box/archive?path=/tmp'), {
        headers: { ...expectContinue, ...headers, 'Content-Length': '1000000' },
      }),
    );
    const reply = await connection.reply();
    expect(reply.status).toBe(status);
    expect(reply.headers.get('connection')).toBe('close');
    connection.end();
    await connection.closed();
  });

  it('whose sender goes on regardless is answered all the same', async () => {
    const body = Buffer.alloc(3_000_000);
    const connection = (await connect()).send(
      requestText('PUT', '/v1.47/containers/nosuch/archive?path=/tmp', {
        headers: { ...expectContinue, 'Content-Length': String(body.length) },
      }),
      body,
    );
    expect((await connection.reply()).status).toBe(404);
    await connection.closed();
  });

  it('a refusal by the engine in the middle of a body is read whole', async () => {
    const connection = (await connect()).send(
      requestText('PUT', '/v1.47/containers/box/archive?path=/nosuch', { headers: { 'Transfer-Encoding': 'chunked' } }),
    );
    connection.send(chunkOf('x'.repeat(200_000)), chunkOf('y'.repeat(200_000)));
    const reply = await connection.reply();
    expect(reply.status).toBe(404);
    expect(message(reply)).toMatch(/nosuch/);
  });
});

describe('bodies', () => {
  const create = (body: string, headers: Record<string, string> = {}) => ask('POST', '/v1.47/containers/create', { body, headers });

  it.each([
    ['half a document', '{"Image":'],
    ['two documents', '{"Image":"busybox"}{"HostConfig":{}}'],
    ['a key twice', '{"Image":"busybox","Image":"other"}'],
    ['a key in two cases', '{"Image":"busybox","image":"other"}'],
    ['a wrong type', '{"Image":7}'],
    ['a wrong type deep down', '{"Image":"busybox","HostConfig":{"Memory":"512m"}}'],
    ['a list', '[]'],
    ['no document', 'null'],
    ['nesting without end', '['.repeat(100_000)],
  ])('%s is malformed', async (_, body) => {
    const reply = await create(body);
    expect(reply.status).toBe(400);
    expect(message(reply)).toBeTruthy();
  });

  it('bytes that are no UTF-8 are malformed', async () => {
    const connection = (await connect()).send(
      requestText('POST', '/v1.47/containers/create', { headers: { 'Content-Type': 'application/json', 'Content-Length': '2' } }),
      Buffer.from([0xff, 0xfe]),
    );
    expect((await connection.reply()).status).toBe(400);
  });

  it.each(['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])('a body of type %s is not read', async (type) => {
    expect((await create('filters=theirs', { 'Content-Type': type })).status).toBe(400);
  });

  it('a body where none belongs is malformed, an empty object is not', async () => {
    expect((await ask('POST', '/v1.47/containers/box/pause', { body: { force: true } })).status).toBe(400);
    expect((await ask('POST', '/v1.47/containers/box/start', { body: {} })).status).toBe(304);
  });

  it('a body that repeats the query, as dockerode writes it, counts for nothing', async () => {
    expect((await ask('POST', '/v1.47/containers/box/kill?signal=URG', { body: { signal: 'KILL' } })).status).toBe(204);
    expect(JSON.parse((await ask('GET', '/v1.47/containers/box/json')).text).State.Running).toBe(true);
    expect((await ask('POST', '/v1.47/containers/box/kill?signal=URG', { body: { signal: 'URG', container: 'other' } })).status).toBe(400);
  });

  it('a body above 4 MiB is too large, by its length alone', async () => {
    const connection = (await connect()).send(
      requestText('POST', '/v1.47/containers/create', {
        headers: { 'Content-Type': 'application/json', 'Content-Length': String(5 * 1024 * 1024) },
      }),
    );
    expect((await connection.reply()).status).toBe(413);
  });

  it('and as soon as that much has come, without a length', async () => {
    const connection = (await connect()).send(
      requestText('POST', '/v1.47/containers/create', { headers: { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' } }),
    );
    for (let sent = 0; sent < 5; sent++) connection.send(chunkOf(' '.repeat(1024 * 1024)));
    const reply = await connection.reply();
    expect(reply.status).toBe(413);
    expect(reply.headers.get('connection')).toBe('close');
    connection.send(chunkOf('')).end();
    await connection.closed();
  });
});

describe('refusals', () => {
  it.each(['/v1.47/session', '/v1.47/grpc'])('POST %s, which buildx needs, says how to build without', async (path) => {
    const reply = await ask('POST', path);
    expect(reply.status).toBe(501);
    expect(message(reply)).toContain('set DOCKER_BUILDKIT=0');
  });

  it.each([
    ['GET', '/v1.47/swarm'],
    ['POST', '/v1.47/swarm/init'],
    ['GET', '/v1.47/plugins/other'],
    ['GET', '/v1.47/nodes'],
    ['GET', '/v1.47/secrets'],
    ['GET', '/v1.47/containers/box/checkpoints'],
    ['GET', '/v1.47/plugins'],
    ['POST', '/v1.47/services/create'],
    ['DELETE', '/v1.47/containers/json'],
    ['PATCH', '/v1.47/containers/box/json'],
    ['GET', '/debug/pprof'],
    ['GET', '/metrics'],
    ['GET', '/'],
  ])('%s %s is not served, and says where to read on', async (method, path) => {
    const reply = await ask(method, path);
    // A DELETE of "json" is one of a container by that name.
    if (method === 'DELETE') return expect(reply.status).toBe(404);
    expect(reply.status).toBe(501);
    expect(message(reply)).toContain(`${method} ${path.replace('/v1.47', '')} is not served`);
    expect(message(reply)).toContain('docs/divergence.md');
  });

  it.each([
    ['HostConfig.Privileged', { HostConfig: { Privileged: true } }],
    ['HostConfig.Binds', { HostConfig: { Binds: ['/etc:/x'] } }],
    ['HostConfig.PidMode', { HostConfig: { PidMode: 'host' } }],
    ['HostConfig.NetworkMode', { HostConfig: { NetworkMode: 'host' } }],
    ['HostConfig.CapAdd', { HostConfig: { CapAdd: ['SYS_ADMIN'] } }],
    ['HostConfig.Devices', { HostConfig: { Devices: [{ PathOnHost: '/dev/sda' }] } }],
    ['HostConfig.Runtime', { HostConfig: { Runtime: 'runsc' } }],
    ['Surprise', { Surprise: 1 }],
  ])('a refused field is named: %s', async (field, fields) => {
    const reply = await ask('POST', '/v1.47/containers/create', { body: { Image: 'busybox', ...fields } });
    expect(reply.status).toBe(403);
    expect(message(reply)).toContain(field);
  });

  it('a parameter that nobody knows is refused by name; an empty one is not', async () => {
    const reply = await ask('POST', '/v1.47/containers/box/start?checkpoint=x');
    expect(reply.status).toBe(403);
    expect(message(reply)).toContain('checkpoint');
    expect((await ask('GET', '/v1.47/containers/json?surprise=')).status).toBe(200);
  });

  it('a parameter sent twice is malformed', async () => {
    expect((await ask('GET', '/v1.47/containers/json?filters=%7B%7D&filters=%7B%7D')).status).toBe(400);
  });

  it('another tenant reads of a container, an exec and an image as of nothing', async () => {
    const exec = await execMake(wire.red, box, ['true']);
    const red = await containerMake(wire.red, ['true']);
    for (const [method, path] of [
      ['GET', `/v1.47/containers/${box}/json`],
      ['GET', `/v1.47/containers/box/json`],
      ['POST', `/v1.47/containers/${red}/start`],
      ['DELETE', `/v1.47/containers/${red}`],
      ['GET', `/v1.47/exec/${exec}/json`],
      ['POST', `/v1.47/exec/${exec}/resize?h=1&w=1`],
    ] as const) {
      const theirs = await wire.blue.call(method, path);
      const nobodys = await wire.blue.call(method, path.replace(/[0-9a-f]{64}|box/, 'f'.repeat(64)));
      expect(theirs.status).toBe(404);
      expect(theirs.text.replace(/[0-9a-f]{64}|box/, '')).toBe(nobodys.text.replace(/[0-9a-f]{64}/, ''));
    }
  });
});
