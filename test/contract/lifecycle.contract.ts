import { describe, expect, it } from 'vitest';
import { nanoTimeRead } from '../../src/policy/nano-time.ts';
import { until } from '../harness.ts';
import { refusal, type Subject } from './subject.ts';

export function lifecycleContract(subject: Subject): void {
  const state = async (path: string) => (await subject.wire.get(`${path}/json`)).json.State;
  const status = async (reply: Promise<{ status: number }>) => (await reply).status;

  describe('the life of a container', () => {
    it('goes from created to running to exited', async () => {
      const { path } = await subject.container({ Cmd: ['sh', '-c', 'exit 7'] });
      expect(await state(path)).toMatchObject({ Status: 'created', Running: false, Pid: 0, StartedAt: '0001-01-01T00:00:00Z' });
      expect(await status(subject.wire.post(`${path}/start`))).toBe(204);
      await until(async () => (await state(path)).Status === 'exited');
      expect(await state(path)).toMatchObject({ Status: 'exited', Running: false, ExitCode: 7, Pid: 0 });
    });

    it('is not started twice nor stopped twice', async () => {
      const { path } = await subject.container({ Cmd: ['sleep', '1000'] });
      expect(await status(subject.wire.post(`${path}/stop`))).toBe(304);
      expect(await status(subject.wire.post(`${path}/start`))).toBe(204);
      expect(await status(subject.wire.post(`${path}/start`))).toBe(304);
      expect(await state(path)).toMatchObject({ Status: 'running', Running: true, Pid: expect.any(Number) });
    });

    it('ends by the signal of a stop, and by SIGKILL', async () => {
      const stopped = await subject.running();
      expect(await status(subject.wire.post(`${stopped.path}/stop?t=10`))).toBe(204);
      expect(await state(stopped.path)).toMatchObject({ Status: 'exited', ExitCode: 3 });
      const killed = await subject.running();
      expect(await status(subject.wire.post(`${killed.path}/kill`))).toBe(204);
      await until(async () => (await state(killed.path)).Status === 'exited');
      expect(await state(killed.path)).toMatchObject({ ExitCode: 137 });
    });

    it('is killed when the grace of a stop is over', async () => {
      const { path } = await subject.running({ Cmd: ['sh', '-c', "trap '' TERM; while true; do sleep 0.1; done"] });
      expect(await status(subject.wire.post(`${path}/stop?t=0`))).toBe(204);
      expect(await state(path)).toMatchObject({ Status: 'exited', ExitCode: 137 });
    });

    it('goes on after a restart, with a new start', async () => {
      const { path } = await subject.running();
      const before = await state(path);
      expect(await status(subject.wire.post(`${path}/restart?t=10`))).toBe(204);
      const after = await state(path);
      expect(after).toMatchObject({ Status: 'running' });
      expect(nanoTimeRead(after.StartedAt)).toBeGreaterThan(nanoTimeRead(before.StartedAt));
    });

    it('halts while it is paused', async () => {
      const { path } = await subject.running();
      expect(await status(subject.wire.post(`${path}/pause`))).toBe(204);
      expect(await state(path)).toMatchObject({ Status: 'paused', Running: true, Paused: true });
      expect(await status(subject.wire.post(`${path}/unpause`))).toBe(204);
      expect(await state(path)).toMatchObject({ Status: 'running', Paused: false });
    });

    it('begins again by its restart policy, as often as that says', async () => {
      const RestartPolicy = { Name: 'on-failure', MaximumRetryCount: 2 };
      const { path } = await subject.container({ Cmd: ['sh', '-c', 'exit 5'], HostConfig: { RestartPolicy } });
      await subject.wire.post(`${path}/start`);
      await until(async () => (await state(path)).Status === 'exited', 10);
      expect((await subject.wire.get(`${path}/json`)).json).toMatchObject({ RestartCount: 2, State: { ExitCode: 5 } });
    });

    it('does not begin again after a kill', async () => {
      const { path } = await subject.running({ HostConfig: { RestartPolicy: { Name: 'always' } } });
      await subject.wire.post(`${path}/kill`);
      await until(async () => (await state(path)).Status === 'exited');
      expect((await subject.wire.get(`${path}/json`)).json.RestartCount).toBe(0);
    });

    it('ends with its removal when that was asked', async () => {
      const { path } = await subject.container({ Cmd: ['true'], HostConfig: { AutoRemove: true } });
      await subject.wire.post(`${path}/start`);
      await until(async () => (await subject.wire.get(`${path}/json`)).status === 404);
    });

    it('shows its health as the check finds it', async () => {
      const { path } = await subject.running({ Healthcheck: { Test: ['CMD', 'true'], Interval: 1_000_000_000 } });
      expect(await state(path)).toMatchObject({ Health: { Status: 'starting', FailingStreak: 0, Log: [] } });
      await until(async () => (await state(path)).Health.Status === 'healthy', 5);
      expect((await state(path)).Health.Log[0]).toMatchObject({ ExitCode: 0, Output: '' });
    });

    it('lists its processes while it runs', async () => {
      const { path } = await subject.container({ Cmd: ['sleep', '1000'] });
      await subject.wire.post(`${path}/start`);
      const { json } = await subject.wire.get(`${path}/top`);
      expect(json.Titles).toEqual(['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD']);
      expect(json.Processes).toEqual([expect.arrayContaining(['root', 'sleep 1000'])]);
    });
  });

  describe('the life of a container, against its state', () => {
    it('refuses what needs it to run', async () => {
      const { path, id } = await subject.container({});
      const idle = `Container ${id} is not running`;
      expect(refusal(await subject.wire.post(`${path}/kill`))).toEqual([409, `Cannot kill container: ${id}: ${idle}`]);
      for (const call of ['pause', 'resize?h=1&w=1']) expect(refusal(await subject.wire.post(`${path}/${call}`))).toEqual([409, idle]);
      expect(refusal(await subject.wire.get(`${path}/top`))).toEqual([409, idle]);
      expect(refusal(await subject.wire.post(`${path}/exec`, { Cmd: ['true'] }))).toEqual([409, idle]);
      expect(refusal(await subject.wire.post(`${path}/unpause`))).toEqual([500, `Container ${id} is not paused`]);
    });

    it('refuses to remove what runs, unless forced', async () => {
      const { path, id } = await subject.running();
      const advice = 'Stop the container before attempting removal or force remove';
      expect(refusal(await subject.wire.delete(path))).toEqual([409, `You cannot remove a running container ${id}. ${advice}`]);
      expect(await status(subject.wire.delete(`${path}?force=1`))).toBe(204);
    });

    it('refuses a second pause, a start and an exec while paused', async () => {
      const { path, id } = await subject.running();
      await subject.wire.post(`${path}/pause`);
      expect(refusal(await subject.wire.post(`${path}/pause`))).toEqual([409, `Container ${id} is already paused`]);
      expect(refusal(await subject.wire.post(`${path}/start`))).toEqual([409, 'cannot start a paused container, try unpause instead']);
      expect(refusal(await subject.wire.post(`${path}/exec`, { Cmd: ['true'] }))).toEqual([
        409,
        `Container ${id} is paused, unpause the container before exec`,
      ]);
    });

    it('refuses a signal that there is not', async () => {
      const { path } = await subject.running();
      expect(refusal(await subject.wire.post(`${path}/kill?signal=NOPE`))).toEqual([400, 'Invalid signal: NOPE']);
    });

    it('shows why a start failed', async () => {
      const { path } = await subject.container({ HostConfig: { NetworkMode: 'absent' } });
      expect(refusal(await subject.wire.post(`${path}/start`))).toEqual([404, 'network absent not found']);
      expect(await state(path)).toMatchObject({ Status: 'created', ExitCode: 128, Error: 'network absent not found' });
    });
  });
}
