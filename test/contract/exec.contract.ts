import { describe, expect, it } from 'vitest';
import { until } from '../harness.ts';
import { refusal, type Subject } from './subject.ts';
import { framesOf } from './wire.ts';

export function execContract(subject: Subject): void {
  const execOf = async (path: string, body: Record<string, unknown>) => {
    const { status, json } = await subject.wire.post(`${path}/exec`, { AttachStdout: true, AttachStderr: true, ...body });
    expect(status, JSON.stringify(json)).toBe(201);
    return `/exec/${json.Id}`;
  };
  const inspect = async (exec: string) => (await subject.wire.get(`${exec}/json`)).json;

  describe('exec', () => {
    it.each([true, false])('runs attached and keeps its exit code (upgrade: %s)', async (upgrade) => {
      const { path, id } = await subject.running();
      const exec = await execOf(path, { Cmd: ['sh', '-c', 'echo out; sleep 0.2; echo err >&2; exit 4'] });
      expect(await inspect(exec)).toMatchObject({
        Running: false,
        ExitCode: null,
        ContainerID: id,
        ProcessConfig: { entrypoint: 'sh', tty: false },
      });
      const stream = await subject.wire.hijack(`${exec}/start`, { upgrade, body: { Detach: false, Tty: false } });
      expect(stream.head.split('\r\n')[0]).toBe(upgrade ? 'HTTP/1.1 101 UPGRADED' : 'HTTP/1.1 200 OK');
      expect(framesOf(await stream.rest)).toEqual([
        { stream: 1, text: 'out\n' },
        { stream: 2, text: 'err\n' },
      ]);
      await until(async () => (await inspect(exec)).ExitCode === 4);
      expect(await inspect(exec)).toMatchObject({ Running: false });
    });

    it('reads its input to the end', async () => {
      const { path } = await subject.running();
      const exec = await execOf(path, { Cmd: ['cat'], AttachStdin: true });
      const stream = await subject.wire.hijack(`${exec}/start`, { upgrade: true, body: { Detach: false } });
      stream.socket.end('typed\n');
      expect(framesOf(await stream.rest)).toEqual([{ stream: 1, text: 'typed\n' }]);
    });

    it('sees the environment of the container and its own', async () => {
      const { path } = await subject.running({ Env: ['ONE=1'] });
      const exec = await execOf(path, { Cmd: ['sh', '-c', 'echo $ONE$TWO'], Env: ['TWO=2'], Tty: true });
      const stream = await subject.wire.hijack(`${exec}/start`, { upgrade: true, body: { Detach: false, Tty: true } });
      expect((await stream.rest).toString()).toBe('12\r\n');
    });

    it('runs detached, is known to its container meanwhile, and runs once', async () => {
      const { path } = await subject.running();
      const exec = await execOf(path, { Cmd: ['sleep', '2'] });
      expect(await subject.wire.post(`${exec}/start`, { Detach: true })).toMatchObject({ status: 200, text: '' });
      expect(await inspect(exec)).toMatchObject({ Running: true, ExitCode: null });
      expect((await subject.wire.get(`${path}/json`)).json.ExecIDs).toEqual([exec.slice('/exec/'.length)]);
      expect(await subject.wire.post(`${exec}/resize?h=10&w=20`)).toMatchObject({ status: 200 });
      await until(async () => (await inspect(exec)).ExitCode === 0);
      // An engine writes the exit code first, and forgets the exec a moment later.
      await until(async () => (await subject.wire.get(`${path}/json`)).json.ExecIDs === null);
      expect(refusal(await subject.wire.post(`${exec}/start`, { Detach: true }))).toEqual([
        409,
        `Error: Exec command ${exec.slice(6)} has already run`,
      ]);
      await until(async () => (await subject.wire.post(`${exec}/resize?h=1&w=1`)).status === 404);
      expect(refusal(await subject.wire.post(`${exec}/resize?h=1&w=1`))).toEqual([404, 'no such exec']);
    });

    it('ends with its container', async () => {
      const { path } = await subject.running();
      const exec = await execOf(path, { Cmd: ['sh', '-c', 'echo up; sleep 1000'] });
      const stream = await subject.wire.hijack(`${exec}/start`, { upgrade: true, body: { Detach: false } });
      await until(() => stream.received().length > 0);
      await subject.wire.post(`${path}/kill`);
      expect(framesOf(await stream.rest)).toEqual([{ stream: 1, text: 'up\n' }]);
    });
  });

  describe('exec, when the request is wrong', () => {
    it('needs a command', async () => {
      const { path } = await subject.running();
      expect(refusal(await subject.wire.post(`${path}/exec`, { Cmd: [] }))).toEqual([400, 'No exec command specified']);
    });

    it.each([
      ['POST', 'start'],
      ['POST', 'resize?h=1&w=1'],
      ['GET', 'json'],
    ])('is not found: %s %s', async (method, call) => {
      expect(refusal(await subject.wire.call(method, `/exec/absent/${call}`, method === 'POST' ? { Detach: true } : undefined))).toEqual([
        404,
        'No such exec instance: absent',
      ]);
    });
  });
}
