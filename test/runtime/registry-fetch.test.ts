import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { RegistryFetch } from '../../src/images/registry-request.ts';
import { registryFetchMake } from '../../src/runtime/registry-fetch.ts';
import { FleetAuthority } from '../fleet/certificates.ts';

const endings: (() => void)[] = [];
afterEach(() => {
  for (const end of endings.splice(0)) end();
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTP server on the loopback, which only an operator's leave makes a registry. */
async function server(handle: Handler = (_, response) => response.end('hello')) {
  const hits: IncomingMessage[] = [];
  const listening = createServer((request, response) => {
    hits.push(request);
    handle(request, response);
  }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  endings.push(() => listening.close().closeAllConnections());
  const { port } = listening.address() as AddressInfo;
  return { address: `127.0.0.1:${port}`, port, hits };
}

/** Speaks as it likes to whoever connects. */
async function sockets(speak: (socket: Socket) => void) {
  const open: Socket[] = [];
  const listening = createSocketServer((socket) => {
    open.push(socket.on('error', () => {}));
    speak(socket);
  }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  endings.push(() => {
    listening.close();
    for (const socket of open) socket.destroy();
  });
  return { address: `127.0.0.1:${(listening.address() as AddressInfo).port}`, open };
}

const get = (fetch: RegistryFetch, url: string, headers: Record<string, string> = {}, signal = new AbortController().signal) =>
  fetch({ method: 'GET', url, headers, signal });
async function textOf(reply: Awaited<ReturnType<RegistryFetch>>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of reply.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
const to =
  (location: string): Handler =>
  (_, response) =>
    void response.writeHead(307, { location }).end();
const refused = { code: 'refused', message: expect.stringContaining('is not allowed') };

describe('a registry that the operator allows', () => {
  it('is asked over plain HTTP when it speaks no TLS', async () => {
    const registry = await server();
    const reply = await get(registryFetchMake({ allowed: [registry.address] }), `https://${registry.address}/v2/`);
    expect([reply.status, await textOf(reply)]).toEqual([200, 'hello']);
  });

  it('is not asked over plain HTTP when it speaks TLS that nobody vouches for', async () => {
    const issued = await (await FleetAuthority.create()).issue('127.0.0.1');
    const hits: string[] = [];
    const registry = createTlsServer(issued, (request, response) => response.end(hits.push(request.url ?? ''))).listen(0, '127.0.0.1');
    await once(registry, 'listening');
    endings.push(() => registry.close().closeAllConnections());
    const address = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
    await expect(get(registryFetchMake({ allowed: [address] }), `https://${address}/v2/`)).rejects.toMatchObject({ code: 'engine_failed' });
    expect(hits).toEqual([]);
  });

  it('may redirect within itself, with the credential, and to another that is allowed, without', async () => {
    const other = await server();
    const registry = await server((request, response) =>
      to(request.url === '/v2/' ? '/second' : `http://${other.address}/third`)(request, response),
    );
    const fetch = registryFetchMake({ allowed: [registry.address, other.address] });
    expect(await textOf(await get(fetch, `https://${registry.address}/v2/`, { authorization: 'Basic x' }))).toBe('hello');
    expect(registry.hits.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/v2/', 'Basic x'],
      ['/second', 'Basic x'],
    ]);
    expect(other.hits.map(({ url, headers }) => [url, headers.authorization])).toEqual([['/third', undefined]]);
  });

  it('that has gone is said to be unreachable', async () => {
    await expect(get(registryFetchMake({ allowed: ['127.0.0.1:1'] }), 'https://127.0.0.1:1/v2/')).rejects.toMatchObject({
      code: 'engine_failed',
      message: expect.not.stringContaining('127.0.0.1'),
    });
  });
});

describe('security', () => {
  it.each(['127.0.0.1', '169.254.169.254', '10.0.0.1', '100.64.0.1', '::1', 'fd00::1', '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe'])(
    'a public name that leads to %s is not asked, whatever else it leads to',
    async (address) => {
      const resolve = async () => [
        { address: '192.0.78.9', family: 4 },
        { address, family: address.includes(':') ? 6 : 4 },
      ];
      await expect(get(registryFetchMake({ allowed: [], resolve }), 'https://registry.dev/v2/')).rejects.toMatchObject(refused);
    },
  );

  it.each([
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://[::1]/',
    'https://localhost/',
    'https://metadata.google.internal/',
    'http://registry.dev/',
    'file:///etc/passwd',
  ])('%s is not asked', async (url) => {
    const resolve = async () => [{ address: '192.0.78.9', family: 4 }];
    await expect(get(registryFetchMake({ allowed: [], resolve }), url)).rejects.toMatchObject(refused);
  });

  it('a name is resolved once, and the address that was checked is the one that is asked', async () => {
    const registry = await server();
    const answers = ['127.0.0.1', '169.254.169.254'];
    const resolve = async () => [{ address: answers.shift() ?? '', family: 4 }];
    const name = `registry.dev:${registry.port}`;
    await get(registryFetchMake({ allowed: [name], resolve }), `https://${name}/v2/`);
    expect(registry.hits).toHaveLength(1);
    expect(registry.hits[0]?.headers.host).toBe(name);
    expect(answers).toEqual(['169.254.169.254']);
  });

  it.each(['http://169.254.169.254/latest/meta-data/', 'https://169.254.169.254/', '//[::1]/', 'gopher://registry.dev/'])(
    'a redirect to %s is not followed',
    async (location) => {
      const registry = await server(to(location));
      await expect(get(registryFetchMake({ allowed: [registry.address] }), `https://${registry.address}/v2/`)).rejects.toMatchObject(
        refused,
      );
    },
  );

  it('a redirect to another port of an allowed host is not followed', async () => {
    const inside = await server();
    const registry = await server(to(`http://${inside.address}/`));
    await expect(get(registryFetchMake({ allowed: [registry.address] }), `https://${registry.address}/v2/`)).rejects.toMatchObject(refused);
    expect(inside.hits).toEqual([]);
  });

  it('a redirect to a public name that leads inside is not followed', async () => {
    const registry = await server(to('https://registry.dev/'));
    const resolve = async () => [{ address: '10.0.0.1', family: 4 }];
    const fetch = registryFetchMake({ allowed: [registry.address], resolve });
    await expect(get(fetch, `https://${registry.address}/v2/`)).rejects.toMatchObject(refused);
  });

  it('redirects in a circle end', async () => {
    const registry = await server(to('/again'));
    await expect(get(registryFetchMake({ allowed: [registry.address] }), `https://${registry.address}/v2/`)).rejects.toMatchObject({
      code: 'engine_failed',
    });
    expect(registry.hits).toHaveLength(6);
  });

  it('the form of a token request goes nowhere else', async () => {
    const other = await server();
    const registry = await server(to(`http://${other.address}/`));
    const fetch = registryFetchMake({ allowed: [registry.address, other.address] });
    const reply = await fetch({
      method: 'POST',
      url: `https://${registry.address}/token`,
      headers: {},
      body: 'a=b',
      signal: new AbortController().signal,
    });
    expect([reply.status, other.hits.length]).toEqual([307, 0]);
  });
});

describe('a registry that is slow', () => {
  const silenceMs = 200;
  const late = { code: 'engine_failed', message: expect.stringContaining('could not be reached') };

  it('and never answers is given up', async () => {
    const registry = await sockets(() => {});
    await expect(
      get(registryFetchMake({ allowed: [registry.address], silenceMs }), `https://${registry.address}/v2/`),
    ).rejects.toMatchObject(late);
    expect(registry.open).toHaveLength(1);
  });

  it('and never ends its headers is given up', async () => {
    const registry = await sockets((socket) => {
      socket.once('data', (first) => {
        // Not TLS: the second connection is the one that counts.
        if (first[0] === 0x16) return void socket.destroy();
        socket.write('HTTP/1.1 200 OK\r\n');
        const drip = setInterval(() => socket.write('x-a: b\r\n'), silenceMs / 10);
        socket.on('close', () => clearInterval(drip));
      });
    });
    await expect(
      get(registryFetchMake({ allowed: [registry.address], silenceMs }), `https://${registry.address}/v2/`),
    ).rejects.toMatchObject(late);
  });

  it('and stops in the middle is given up', async () => {
    const registry = await server((_, response) => void response.writeHead(200, { 'content-length': '100' }).write('some'));
    // Its head has to come before that.
    const reply = await get(registryFetchMake({ allowed: [registry.address], silenceMs: 2_000 }), `https://${registry.address}/v2/`);
    await expect(textOf(reply)).rejects.toMatchObject(late);
  });

  it('is left when nobody waits any more', async () => {
    const registry = await server((_, response) => void response.writeHead(200).write('some'));
    const ending = new AbortController();
    const reply = await get(registryFetchMake({ allowed: [registry.address] }), `https://${registry.address}/v2/`, {}, ending.signal);
    const closed = once(registry.hits[0]?.socket as Socket, 'close');
    const read = textOf(reply);
    ending.abort();
    await expect(read).rejects.toMatchObject({ code: 'engine_failed' });
    await closed;
  });
});
