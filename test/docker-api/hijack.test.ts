import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../harness.ts';
import { type Connection, chunkOf, requestText, tenantConnect, unframe, upgradeTcp } from './connection.ts';
import { containerMake, containerRun, execMake, type Wire, wireUp } from './wire-up.ts';

let wire: Wire;
let box: string;
beforeAll(async () => {
  wire = await wireUp('wire-hijack');
  box = await containerRun(wire.red, ['sleep', '600']);
});
afterAll(() => wire?.down());

const connect = () => tenantConnect(wire.red);
const attachPath = (id: string) => `/v1.47/containers/${id}/attach?stream=1&stdin=1&stdout=1&stderr=1`;
const startBody = { Detach: false, Tty: false };

/** `cat` started in a container that one may attach to, and a connection that has sent the attach. */
async function attachedCat(headers: Record<string, string>, tty = false): Promise<{ id: string; connection: Connection }> {
  const id = await containerMake(wire.red, ['cat'], { OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true, Tty: tty });
  const connection = (await connect()).send(requestText('POST', attachPath(id), { headers }));
  return { id, connection };
}

async function execConnect(cmd: string[], headers: Record<string, string>, tty = false): Promise<Connection> {
  const id = await execMake(wire.red, box, cmd, { Tty: tty });
  return (await connect()).send(requestText('POST', `/v1.47/exec/${id}/start`, { headers, body: { Detach: false, Tty: tty } }));
}

describe('a client that asks for Upgrade: tcp', () => {
  it('is answered 101 and gets framed output without a terminal', async () => {
    const connection = await execConnect(['sh', '-c', 'echo out; echo err >&2'], upgradeTcp);
    const head = await connection.head();
    expect([head.status, head.reason]).toEqual([101, 'UPGRADED']);
    expect(head.headers.get('upgrade')).toBe('tcp');
    expect(head.headers.get('connection')).toBe('Upgrade');
    expect(head.headers.get('content-type')).toBe('application/vnd.docker.multiplexed-stream');
    expect(unframe(await connection.rest())).toEqual({ stdout: 'out\n', stderr: 'err\n' });
  });

  it.each([
    ['nosuch', 'exec: "nosuch": executable file not found in $PATH: unknown', 126],
    ['/etc/passwd', 'exec: "/etc/passwd": permission denied: unknown', 126],
  ])('reads why a command could not be started, with a terminal and without: %s', async (command, why, code) => {
    const text = `OCI runtime exec failed: exec failed: unable to start container process: ${why}\r\n`;
    for (const tty of [false, true]) {
      const id = await execMake(wire.red, box, [command], { Tty: tty });
      const body = { Detach: false, Tty: tty };
      const connection = (await connect()).send(requestText('POST', `/v1.47/exec/${id}/start`, { headers: upgradeTcp, body }));
      expect((await connection.head()).status).toBe(101);
      const output = await connection.rest();
      expect(tty ? output.toString() : unframe(output).stdout).toBe(text);
      expect((await wire.red.call('GET', `/v1.47/exec/${id}/json`)).json.ExitCode).toBe(code);
    }
  });

  it('gets raw output of a terminal', async () => {
    const connection = await execConnect(['echo', 'hi'], upgradeTcp, true);
    const head = await connection.head();
    expect(head.headers.get('content-type')).toBe('application/vnd.docker.raw-stream');
    expect((await connection.rest()).toString()).toBe('hi\r\n');
  });

  it('before API 1.42 reads raw-stream also for framed output', async () => {
    const id = await execMake(wire.red, box, ['echo', 'hi']);
    const connection = (await connect()).send(requestText('POST', `/v1.41/exec/${id}/start`, { headers: upgradeTcp, body: startBody }));
    expect((await connection.head()).headers.get('content-type')).toBe('application/vnd.docker.raw-stream');
    expect(unframe(await connection.rest()).stdout).toBe('hi\n');
  });

  it('may close its writing half: what the container makes of the input still arrives', async () => {
    const { id, connection } = await attachedCat(upgradeTcp);
    expect((await connection.head()).status).toBe(101);
    expect((await wire.red.call('POST', `/v1.47/containers/${id}/start`)).status).toBe(204);
    connection.send('hi\n').end();
    expect(unframe(await connection.rest()).stdout).toBe('hi\n');
    await until(async () => (await wire.red.call('GET', `/v1.47/containers/${id}/json`)).json.State.Status === 'exited');
  });

  it('sees the end of a container that never reads its input', async () => {
    const connection = await execConnect(['sh', '-c', 'exec <&-; exec >&- 2>&-; sleep 0.1'], upgradeTcp);
    await connection.head();
    expect((await connection.rest()).length).toBe(0);
  });

  it('may send its body in pieces', async () => {
    const id = await execMake(wire.red, box, ['echo', 'pieces']);
    const whole = requestText('POST', `/v1.47/exec/${id}/start`, { headers: upgradeTcp, body: startBody });
    const connection = await connect();
    connection.socket.setNoDelay(true);
    const bodyAt = whole.indexOf('\r\n\r\n') + 4;
    for (const piece of [
      whole.slice(0, bodyAt),
      whole.slice(bodyAt, bodyAt + 1),
      whole.slice(bodyAt + 1, bodyAt + 9),
      whole.slice(bodyAt + 9),
    ]) {
      await new Promise<void>((resolve) => connection.socket.write(piece, () => setImmediate(resolve)));
    }
    expect((await connection.head()).status).toBe(101);
    expect(unframe(await connection.rest()).stdout).toBe('pieces\n');
  });

  it('may glue input right behind the body', async () => {
    const id = await execMake(wire.red, box, ['cat']);
    const connection = await connect();
    connection.send(`${requestText('POST', `/v1.47/exec/${id}/start`, { headers: upgradeTcp, body: startBody })}glued\n`).end();
    expect((await connection.head()).status).toBe(101);
    expect(unframe(await connection.rest()).stdout).toBe('glued\n');
  });

  it('moves 20 MB each way through one exec, byte for byte', async () => {
    const connection = await execConnect(['cat'], upgradeTcp, false);
    await connection.head();
    const block = Buffer.alloc(20 * 1024 * 1024, 'berth');
    connection.send(block).end();
    const bytes = await connection.rest();
    let total = 0;
    for (let at = 0; at < bytes.length; at += 8 + bytes.readUInt32BE(at + 4)) total += bytes.readUInt32BE(at + 4);
    expect(total).toBe(block.length);
  });

  it('reads a refusal as an ordinary reply, and the connection ends', async () => {
    const connection = (await connect()).send(requestText('POST', '/v1.47/containers/nosuch/attach?stream=1', { headers: upgradeTcp }));
    const reply = await connection.reply();
    expect(reply.status).toBe(404);
    expect(reply.headers.get('connection')).toBe('close');
    expect(JSON.parse(reply.text)).toEqual({ message: 'No such container: nosuch' });
    await connection.closed();
  });
});

describe('a client that asks for no upgrade', () => {
  it('is answered 200 and the connection is the raw stream', async () => {
    const connection = await execConnect(['cat'], {});
    const head = await connection.head();
    expect([head.status, head.headers.has('transfer-encoding'), head.headers.has('content-length')]).toEqual([200, false, false]);
    connection.send('raw\n').end();
    expect(unframe(await connection.rest()).stdout).toBe('raw\n');
  });

  it('the same on attach, with a terminal', async () => {
    const { id, connection } = await attachedCat({}, true);
    expect((await connection.head()).status).toBe(200);
    await wire.red.call('POST', `/v1.47/containers/${id}/start`);
    connection.send('typed\n');
    expect((await connection.readThrough('typed\r\ntyped\r\n')).length).toBeGreaterThan(0);
    connection.send('\u0004');
    expect((await connection.rest()).toString()).not.toContain('HTTP/');
  });

  it('may send its input as a chunked body, as dockerode does', async () => {
    const { id, connection } = await attachedCat({ 'Transfer-Encoding': 'chunked' });
    const head = await connection.head();
    expect([head.status, head.headers.has('transfer-encoding')]).toEqual([200, false]);
    await wire.red.call('POST', `/v1.47/containers/${id}/start`);
    connection.send(chunkOf('one\n'));
    expect(unframe(await connection.read(8 + 4)).stdout).toBe('one\n');
    connection.send(chunkOf('two\n'), chunkOf(''));
    expect(unframe(await connection.rest()).stdout).toBe('two\n');
  });

  it('lets nothing that follows ride the tunnel as a request', async () => {
    const connection = await execConnect(['cat'], {});
    await connection.head();
    const smuggled = requestText('GET', '/v1.47/version');
    connection.send(smuggled).end();
    expect(unframe(await connection.rest()).stdout).toBe(smuggled);
  });
});

describe('other tokens and other routes', () => {
  it.each(['h2c', 'websocket', 'TLS/1.0', 'nottcp', 'tcp-but-not-quite'])(
    'Upgrade: %s is not taken up: the hijack answers 200',
    async (token) => {
      const connection = await execConnect(['echo', 'plain'], { Connection: 'Upgrade', Upgrade: token });
      expect((await connection.head()).status).toBe(200);
      expect(unframe(await connection.rest()).stdout).toBe('plain\n');
    },
  );

  it('finds tcp in a list of tokens, whatever its case', async () => {
    const connection = await execConnect(['echo', 'listed'], { Connection: 'keep-alive, Upgrade', Upgrade: 'websocket, TCP' });
    expect((await connection.head()).status).toBe(101);
  });

  it.each(['tcp', 'h2c', 'websocket'])('a route that does not hijack answers an Upgrade: %s as ever, and closes', async (token) => {
    const connection = (await connect()).send(
      requestText('GET', '/v1.47/containers/json', { headers: { Connection: 'Upgrade', Upgrade: token } }),
    );
    const reply = await connection.reply();
    expect(reply.status).toBe(200);
    expect(reply.headers.get('connection')).toBe('close');
    expect(JSON.parse(reply.text)).toHaveLength(1);
    await connection.closed();
  });

  it('a stream of such a route is sent whole', async () => {
    const id = await containerRun(wire.red, ['echo', 'logged']);
    await wire.red.call('POST', `/v1.47/containers/${id}/wait`);
    const connection = (await connect()).send(requestText('GET', `/v1.47/containers/${id}/logs?stdout=1`, { headers: upgradeTcp }));
    const reply = await connection.reply();
    expect(unframe(reply.body).stdout).toBe('logged\n');
  });

  it('an upgrade behind a reply that is still on its way does not overtake it', async () => {
    const exec = await execMake(wire.red, box, ['echo', 'second']);
    const connection = await connect();
    connection.send(
      requestText('GET', '/v1.47/version') + requestText('POST', `/v1.47/exec/${exec}/start`, { headers: upgradeTcp, body: startBody }),
    );
    const first = await connection.reply();
    expect(JSON.parse(first.text).ApiVersion).toBe('1.47');
    expect((await connection.head()).status).toBe(101);
    expect(unframe(await connection.rest()).stdout).toBe('second\n');
  });

  it.each([
    ['chunks', { 'Transfer-Encoding': 'chunked' }, 400],
    ['a length that is no number', { 'Content-Length': '0x10' }, 400],
    ['a length beyond the limit', { 'Content-Length': String(5 * 1024 * 1024) }, 413],
  ])('an upgrade with %s is refused', async (_, headers, status) => {
    const connection = (await connect()).send(requestText('POST', '/v1.47/exec/0/start', { headers: { ...upgradeTcp, ...headers } }));
    expect((await connection.head()).status).toBe(status);
    await connection.closed();
  });
});
