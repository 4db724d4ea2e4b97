import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../free-port.ts';
import { until } from '../harness.ts';
import { type EdgeBench, edgeBenchUp, type Peer, peerUp } from './bench.ts';

let bench: EdgeBench;
const peers: Peer[] = [];
const clients: Socket[] = [];

beforeAll(async () => {
  bench = await edgeBenchUp();
  await bench.edge();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  for (const peer of peers.splice(0)) peer.close();
});
afterAll(() => bench?.down());

/** Says its name and stays. */
async function named(name: string): Promise<{ container: string; peer: Peer }> {
  const peer = await peerUp((socket) => socket.resume().write(name));
  peers.push(peer);
  return { container: await bench.container(peer.port), peer };
}

function dial(port: number): Socket {
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  clients.push(client);
  return client.on('error', () => {});
}

/** The first thing that is said on a new connection; 'reset' or 'end' when nothing is. */
function firstWord(client: Socket): Promise<string> {
  return new Promise((resolve) => {
    client.once('data', (data) => resolve(data.toString()));
    client.once('error', () => resolve('reset'));
    client.once('end', () => resolve('end'));
  });
}

function everything(client: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    client.on('data', (chunk) => chunks.push(chunk)).resume();
    client.once('error', reject).once('end', () => resolve(Buffer.concat(chunks)));
  });
}

describe('connections through the edge', () => {
  it('are spread over the targets, the least busy first', async () => {
    const targets = [await named('a'), await named('b'), await named('c')];
    const { port } = await bench.publish(targets.map(({ container }) => container));
    const words: string[] = [];
    for (let i = 0; i < 6; i++) words.push(await firstWord(dial(port)));
    expect(words.sort()).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
    const ofB = [...(targets[1]?.peer.sockets ?? [])];
    for (const socket of ofB) socket.end();
    for (const client of clients) client.end();
    await until(() => ofB.every((socket) => socket.destroyed));
    expect([await firstWord(dial(port)), await firstWord(dial(port)), await firstWord(dial(port))].sort()).toContain('b');
  });

  it('carry a reply after the client has said its last word, and the other way round', async () => {
    const counter = await peerUp((socket) => {
      let bytes = 0;
      socket.on('data', (data) => (bytes += data.length)).on('end', () => socket.end(`${bytes} bytes`));
    });
    const hasty = await peerUp((socket) => socket.end('bye').on('data', (data) => hasty.sockets.size && heard.push(data.toString())));
    const heard: string[] = [];
    peers.push(counter, hasty);
    const counting = dial((await bench.publish([await bench.container(counter.port)])).port);
    counting.end(Buffer.alloc(300_000));
    expect((await everything(counting)).toString()).toBe('300000 bytes');
    const parting = dial((await bench.publish([await bench.container(hasty.port)])).port);
    expect((await everything(parting)).toString()).toBe('bye');
    parting.end('still here');
    await until(() => heard.join('') === 'still here');
  });

  it('stop the source when the reader stops reading, and lose nothing', async () => {
    const size = 64 * 1024 * 1024;
    let flushed = 0;
    const source = await peerUp((socket) => {
      const chunk = Buffer.alloc(65_536, 7);
      const pump = () => {
        while (flushed < size) {
          flushed += chunk.length;
          if (!socket.write(chunk)) return void socket.once('drain', pump);
        }
        socket.end();
      };
      pump();
    });
    peers.push(source);
    const client = dial((await bench.publish([await bench.container(source.port)])).port);
    client.pause();
    let before = -1;
    await until(async () => {
      const still = flushed === before && flushed > 0;
      before = flushed;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return still;
    });
    expect(flushed).toBeLessThan(size / 2);
    expect((await everything(client)).length).toBe(size);
  });

  it('pass a reset on as a reset, so that half a reply is not taken for a whole one', async () => {
    const breaking = await peerUp((socket) => socket.write('half', () => socket.once('data', () => socket.resetAndDestroy())));
    peers.push(breaking);
    const client = dial((await bench.publish([await bench.container(breaking.port)])).port);
    expect(await firstWord(client)).toBe('half');
    client.write('go on');
    expect(await firstWord(client)).toBe('reset');
  });

  it('begin with who connects, where the publication asks for that', async () => {
    const headers: Buffer[] = [];
    const peer = await peerUp((socket) => socket.once('data', (data) => headers.push(data) && socket.end('ok')));
    peers.push(peer);
    const { port } = await bench.publish([await bench.container(peer.port)], { proxyProtocol: true });
    const client = dial(port);
    expect(await firstWord(client)).toBe('ok');
    const header = headers[0] ?? Buffer.alloc(0);
    expect(header.subarray(0, 16).toString('hex')).toBe('0d0a0d0a000d0a515549540a2111000c');
    expect([...header.subarray(16, 24)]).toEqual([127, 0, 0, 1, 127, 0, 0, 1]);
    expect([header.readUInt16BE(24), header.readUInt16BE(26)]).toEqual([client.localPort, port]);
  });
});

describe('targets', () => {
  it('that refuse are passed over, and none is asked twice for one connection', async () => {
    const good = await named('good');
    const refusing = await bench.container(await freePort());
    const { port } = await bench.publish([refusing, good.container]);
    for (let i = 0; i < 4; i++) expect(await firstWord(dial(port))).toBe('good');
  });

  it('that all refuse are a reset', async () => {
    const { port } = await bench.publish([await bench.container(await freePort())]);
    expect(await firstWord(dial(port))).toBe('reset');
  });

  it('that drain get nothing new, keep what they have, and are drained with its end', async () => {
    const [old, young] = [await named('old'), await named('young')];
    const publication = await bench.publish([old.container]);
    const long = dial(publication.port);
    expect(await firstWord(long)).toBe('old');
    await publication.target(young.container, 'ready');
    await publication.target(old.container, 'draining');
    const fiveWords = () => Promise.all(Array.from({ length: 5 }, () => firstWord(dial(publication.port))));
    await until(async () => (await fiveWords()).every((word) => word === 'young'));
    for (const socket of old.peer.sockets) socket.write('still');
    expect(await firstWord(long)).toBe('still');
    expect(await publication.targetState(old.container)).toBe('draining');
    for (const client of clients) client.end();
    for (const socket of old.peer.sockets) socket.end();
    await until(async () => (await publication.targetState(old.container)) === 'drained');
  });

  it('that drain for too long lose what they have', async () => {
    const old = await named('old');
    const publication = await bench.publish([old.container]);
    const long = dial(publication.port);
    expect(await firstWord(long)).toBe('old');
    await publication.target(old.container, 'draining', new Date(Date.now() + 300));
    expect(await firstWord(long)).toBe('reset');
    await until(async () => (await publication.targetState(old.container)) === 'drained');
  });

  it('that are idle are drained at once, and can be ready again', async () => {
    const only = await named('only');
    const publication = await bench.publish([only.container]);
    await publication.target(only.container, 'draining');
    await until(async () => (await publication.targetState(only.container)) === 'drained');
    expect(await firstWord(dial(publication.port))).toBe('reset');
    await publication.target(only.container, 'ready');
    await until(async () => (await firstWord(dial(publication.port))) === 'only');
  });
});

describe('a port', () => {
  it('that is given up takes nothing new, and what goes through it goes on', async () => {
    const only = await named('only');
    const publication = await bench.publish([only.container]);
    const long = dial(publication.port);
    expect(await firstWord(long)).toBe('only');
    await publication.remove();
    await until(async () => (await firstWord(dial(publication.port))) === 'reset');
    for (const socket of only.peer.sockets) socket.write('on');
    expect(await firstWord(long)).toBe('on');
  });

  it('that something else has on this machine is failed, and open once it is free', async () => {
    const only = await named('only');
    const squatter = await peerUp((socket) => socket.end('mine'));
    const publication = await bench.publish([only.container], { port: squatter.port });
    expect(await publication.state()).toBe('failed');
    expect(
      bench.log.some(({ message, port }) => message === 'a port could not be opened and will be tried again' && port === squatter.port),
    ).toBe(true);
    squatter.close();
    await until(async () => (await publication.state()) === 'open');
    expect(await firstWord(dial(publication.port))).toBe('only');
  });

  it('goes on while the database is away, and follows it when it is back', async () => {
    const only = await named('only');
    const publication = await bench.publish([only.container]);
    const [{ name } = { name: '' }] = await bench.sql`select current_database() as name`;
    await bench.sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name} and pid <> pg_backend_pid()`;
    expect(await firstWord(dial(publication.port))).toBe('only');
    const next = await bench.publish([only.container]);
    expect(await firstWord(dial(next.port))).toBe('only');
  });
});

describe('datagrams through the edge', () => {
  const sockets: UdpSocket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.close();
  });

  /** Answers each datagram with its name and the datagram. */
  async function echoing(name: string): Promise<{ container: string; port: number }> {
    const socket = createSocket('udp4');
    sockets.push(socket);
    socket.on('message', (data, from) => socket.send(`${name} ${data}`, from.port, from.address));
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const { port } = socket.address();
    return { container: await bench.container(port, { protocol: 'udp' }), port };
  }

  /** What it returns asks, and says 'silence' when it has waited in vain. Nothing on the way drops a datagram unless nobody is there. */
  async function asker(port: number): Promise<(text: string, patienceMs?: number) => Promise<string>> {
    const socket = createSocket('udp4');
    sockets.push(socket);
    await new Promise<void>((resolve) => socket.connect(port, '127.0.0.1', resolve));
    return (text, patienceMs = 20_000) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => resolve('silence'), patienceMs);
        socket.once('message', (data) => {
          clearTimeout(timer);
          resolve(data.toString());
        });
        socket.send(text);
      });
  }

  it('stay with one target for each client, and are spread by clients', async () => {
    const targets = [await echoing('a'), await echoing('b')];
    const { port } = await bench.publish(
      targets.map(({ container }) => container),
      { protocol: 'udp' },
    );
    const [one, two] = [await asker(port), await asker(port)];
    const [first, second] = [await one('1'), await two('1')];
    expect([first, second].sort()).toEqual(['a 1', 'b 1']);
    for (let i = 2; i < 6; i++) expect(await one(String(i))).toBe(first.replace('1', String(i)));
  });

  it('find another target when theirs is gone', async () => {
    const targets = { a: await echoing('a'), b: await echoing('b') };
    const publication = await bench.publish([targets.a.container, targets.b.container], { protocol: 'udp' });
    const ask = await asker(publication.port);
    const mine = (await ask('x')).startsWith('a') ? targets.a : targets.b;
    await bench.sql`delete from publication_target where publication_id = ${publication.id} and container_id = ${mine.container}`;
    await until(async () => (await ask('y', 500)) === `${mine === targets.a ? 'b' : 'a'} y`);
  });
});
