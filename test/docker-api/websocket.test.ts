import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { opcodes } from '../../src/docker-api/websocket-frames.ts';
import { type Connection, requestText, tenantConnect } from './connection.ts';
import { clientFrame, serverFrame, upgradeWebSocket } from './websocket-client.ts';
import { containerMake, containerRun, type Wire, wireUp } from './wire-up.ts';

const everything = 'stream=1&stdin=1&stdout=1&stderr=1';

let wire: Wire;
beforeAll(async () => {
  wire = await wireUp('wire-ws');
});
afterAll(() => wire?.down());

async function asked(id: string, query = everything, headers: Record<string, string> = {}): Promise<Connection> {
  const text = requestText('GET', `/v1.47/containers/${id}/attach/ws?${query}`, { headers: { ...upgradeWebSocket, ...headers } });
  return (await tenantConnect(wire.red)).send(text);
}

async function opened(id: string, query = everything): Promise<Connection> {
  const connection = await asked(id, query);
  const head = await connection.head();
  expect([head.status, head.headers.get('upgrade'), head.headers.get('sec-websocket-accept')]).toEqual([
    101,
    'websocket',
    's3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
  ]);
  return connection;
}

/** Messages until there is this text in them. */
async function saw(connection: Connection, words: string): Promise<void> {
  for (let text = ''; !text.includes(words); ) {
    const { opcode, payload } = await serverFrame(connection);
    expect(opcode).toBe(opcodes.binary);
    text += payload.toString();
  }
}

const start = (id: string) => wire.red.call('POST', `/v1.47/containers/${id}/start`);
const input = { OpenStdin: true, StdinOnce: true, AttachStdin: true };
const closeOf = async (connection: Connection) => {
  for (;;) {
    const { opcode, payload } = await serverFrame(connection);
    if (opcode === opcodes.close) return payload.length === 0 ? null : payload.readUInt16BE();
  }
};

describe('attach over a WebSocket', () => {
  it('carries input and both outputs without frames of Docker, until the container ends', async () => {
    const id = await containerMake(wire.red, ['sh', '-c', 'echo begun >&2; read line; echo "got $line"'], input);
    const connection = await opened(id);
    await start(id);
    await saw(connection, 'begun');
    connection.send(
      clientFrame(opcodes.text, Buffer.from('wo'), { final: false }),
      clientFrame(opcodes.continuation, Buffer.from('rds\n')),
    );
    await saw(connection, 'got words\n');
    expect(await closeOf(connection)).toBe(1000);
    connection.send(clientFrame(opcodes.close, Uint8Array.of(0x03, 0xe8))).end();
    await connection.closed();
  });

  it('works with a terminal, and answers a ping', async () => {
    const id = await containerRun(wire.red, ['cat'], { ...input, Tty: true });
    const connection = await opened(id);
    connection.send(clientFrame(opcodes.ping, Buffer.from('there?')));
    expect(await serverFrame(connection)).toEqual({ opcode: opcodes.pong, payload: Buffer.from('there?') });
    connection.send(clientFrame(opcodes.binary, Buffer.from('echo\n')));
    await saw(connection, 'echo\r\n');
    connection.destroy();
    await wire.red.call('DELETE', `/v1.47/containers/${id}?force=1`);
  });

  it('ends the input with the close of the client, whose code comes back', async () => {
    const id = await containerMake(wire.red, ['sh', '-c', 'cat; exit 5'], input);
    const connection = await opened(id);
    await start(id);
    connection.send(clientFrame(opcodes.close, Uint8Array.of(0x03, 0xe9)));
    expect(await closeOf(connection)).toBe(1001);
    connection.end();
    await connection.closed();
    expect((await wire.red.call('POST', `/v1.47/containers/${id}/wait`)).json.StatusCode).toBe(5);
  });

  it('brings all of a large output to a client that begins to read late', async () => {
    const size = 24 * 1024 * 1024;
    const id = await containerMake(wire.red, ['head', '-c', String(size), '/dev/zero']);
    const connection = await opened(id);
    connection.socket.pause();
    await start(id);
    await wire.red.call('GET', `/v1.47/containers/${id}/json`);
    connection.socket.resume();
    let bytes = 0;
    for (let frame = await serverFrame(connection); frame.opcode !== opcodes.close; frame = await serverFrame(connection))
      bytes += frame.payload.length;
    expect(bytes).toBe(size);
  });

  it('takes a large input, and stops a client that is faster than the container', async () => {
    const size = 8 * 1024 * 1024;
    const id = await containerMake(wire.red, ['sh', '-c', `head -c ${size} | md5sum`], input);
    const connection = await opened(id);
    await start(id);
    for (let sent = 0; sent < size; sent += 65_536) connection.send(clientFrame(opcodes.binary, Buffer.alloc(65_536, 'x')));
    await saw(connection, '  -\n');
    expect(await closeOf(connection)).toBe(1000);
  });
});

describe('error', () => {
  it.each([
    ['a frame without a mask', Buffer.from([0x82, 0x01, 0x00]), 1002],
    ['text that is not UTF-8', clientFrame(opcodes.text, Uint8Array.of(0xc3)), 1007],
    ['a frame of a terabyte', Buffer.from([0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4]), 1009],
  ])('%s ends the connection with its code', async (_, bytes, code) => {
    const id = await containerRun(wire.red, ['cat'], input);
    const connection = await opened(id);
    connection.send(bytes);
    expect(await closeOf(connection)).toBe(code);
    connection.end();
    await connection.closed();
    await wire.red.call('DELETE', `/v1.47/containers/${id}?force=1`);
  });

  it('without the words of a WebSocket, and for a container that is none, it is refused', async () => {
    const id = await containerMake(wire.red, ['true']);
    expect((await wire.red.call('GET', `/v1.47/containers/${id}/attach/ws?${everything}`)).status).toBe(400);
    expect((await (await asked('nosuch')).reply()).status).toBe(404);
  });
});

describe('security', () => {
  it('a web page of another site opens none', async () => {
    const id = await containerMake(wire.red, ['true']);
    const reply = await (await asked(id, everything, { Origin: 'https://evil.example.com' })).reply();
    expect([reply.status, reply.text]).toEqual([403, expect.stringContaining('another site')]);
  });

  it('no error of ours is in the log', () => {
    expect(wire.berth.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
