import { describe, expect, it } from 'vitest';
import type { Subject } from './subject.ts';
import { framesOf } from './wire.ts';

const upgraded = ['HTTP/1.1 101 UPGRADED', 'Content-Type: application/vnd.docker.raw-stream', 'Connection: Upgrade', 'Upgrade: tcp'];
const taken = ['HTTP/1.1 200 OK', 'Content-Type: application/vnd.docker.raw-stream'];

export function attachContract(subject: Subject): void {
  describe('attach', () => {
    it.each([
      [true, upgraded],
      [false, taken],
    ])('takes over the connection (upgrade: %s), and passes the end of the input alone', async (upgrade, head) => {
      const { path } = await subject.container({ Cmd: ['cat'], OpenStdin: true, StdinOnce: true, AttachStdin: true });
      const stream = await subject.wire.hijack(`${path}/attach?stream=1&stdin=1&stdout=1&stderr=1`, { upgrade });
      expect(stream.head.split('\r\n')).toEqual(head);
      stream.socket.write('early ');
      await subject.wire.post(`${path}/start`);
      stream.socket.end('late\n');
      expect(framesOf(await stream.rest)).toEqual([{ stream: 1, text: 'early late\n' }]);
    });

    it('before the start loses no output, and ends with the container', async () => {
      const { path } = await subject.container({ Cmd: ['sh', '-c', 'echo out; sleep 0.2; echo err >&2; exit 3'] });
      const stream = await subject.wire.hijack(`${path}/attach?stream=1&stdout=1&stderr=1`, { upgrade: true });
      await subject.wire.post(`${path}/start`);
      expect(framesOf(await stream.rest)).toEqual([
        { stream: 1, text: 'out\n' },
        { stream: 2, text: 'err\n' },
      ]);
    });

    it('to a terminal is not framed, and its detach keys leave the container running', async () => {
      const { path } = await subject.container({ Cmd: ['cat'], Tty: true, OpenStdin: true });
      const stream = await subject.wire.hijack(`${path}/attach?stream=1&stdin=1&stdout=1`, { upgrade: true });
      await subject.wire.post(`${path}/start`);
      stream.socket.write(Buffer.from([0x10, 0x11]));
      await stream.rest;
      expect((await subject.wire.get(`${path}/json`)).json.State.Running).toBe(true);
    });

    it('can begin with what was printed before', async () => {
      const { path } = await subject.running({ Cmd: ['sh', '-c', 'echo before; while true; do sleep 1; done'] });
      const follow = await subject.wire.open('GET', `${path}/logs?stdout=1&follow=1`);
      await new Promise((resolve) => follow.once('data', resolve));
      follow.destroy();
      const stream = await subject.wire.hijack(`${path}/attach?stream=1&logs=1&stdout=1`, { upgrade: true });
      await subject.wire.post(`${path}/kill`);
      expect(framesOf(await stream.rest)).toEqual([{ stream: 1, text: 'before\n' }]);
    });

    it('to what is not there is refused in plain text', async () => {
      expect(await subject.wire.post('/containers/absent/attach?stream=1&stdout=1')).toMatchObject({
        status: 404,
        text: 'No such container: absent\r\n',
        headers: { 'content-type': 'application/vnd.docker.raw-stream' },
      });
    });
  });
}
