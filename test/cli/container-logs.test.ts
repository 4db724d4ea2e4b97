import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liveDocker } from './live.ts';
import { type Client, type Stage, stageUp } from './stage.ts';

let stage: Stage;
let red: Client;

beforeAll(async () => {
  stage = await stageUp('logs');
  red = stage.red;
  // An engine reads its two streams side by side: without the pause the last line may be stored before the one before it.
  await red.out('run', '-d', '--name', 'ended', 'busybox', 'sh', '-c', 'echo one; echo two; sleep 0.3; echo three >&2');
  await red.out('run', '-d', '--name', 'loop', 'busybox', 'sh', '-c', 'i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.1; done');
  await red.out('wait', 'ended');
});
afterAll(() => stage?.down());

const live = (...args: string[]) => liveDocker(red.env, ...args);
const sorted = (text: string) => text.split('\n').sort().join(' ');

describe('docker logs', () => {
  it('shows what was printed, on the stream it came from', async () => {
    expect(await red.docker(['logs', 'ended'])).toEqual({ code: 0, stdout: 'one\ntwo\n', stderr: 'three\n' });
  });

  it('shows the last lines only', async () => {
    expect(await red.docker(['logs', '--tail', '2', 'ended'])).toEqual({ code: 0, stdout: 'two\n', stderr: 'three\n' });
    expect(await red.docker(['logs', '--tail', '0', 'ended'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('shows times, and only what is younger or older than one', async () => {
    const lines = (await red.out('logs', '-t', 'ended')).split('\n');
    const [first = '', second = ''] = lines.map((line) => line.split(' ')[0] ?? '');
    expect(first).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    expect((await red.docker(['logs', '--since', second, 'ended'])).stdout).toBe('two\n');
    expect((await red.docker(['logs', '--until', first, 'ended'])).stdout).toBe('one\n');
    // The client sends whole seconds: until now would leave out what was said in this one.
    expect((await red.docker(['logs', '--since', '1h', '--until=-1m', 'ended'])).stdout).toBe('one\ntwo\n');
    expect((await red.docker(['logs', '--since', '2100-01-01', 'ended'])).stdout).toBe('');
  });

  it('followed, shows lines as they come and ends with the container', async () => {
    await red.out('run', '-d', '-i', '--name', 'told', 'busybox', 'cat');
    const logs = live('logs', '-f', 'told');
    const attach = live('attach', 'told');
    attach.type('first\n');
    await logs.saw('first');
    attach.type('last\n');
    await logs.saw('last');
    await red.out('kill', 'told');
    expect(await logs.ended).toBe(0);
    expect(logs.text).toBe('first\nlast\n');
    await attach.ended;
    await red.out('rm', 'told');
  });

  it('followed, ends at Ctrl-C', async () => {
    const logs = live('logs', '-f', '--tail', '0', 'loop');
    await logs.saw('line', 3);
    logs.signal('SIGINT');
    expect(await logs.ended).not.toBe(0);
  });

  it('of an ended container can be followed too', async () => {
    expect(sorted(await red.out('logs', '-f', 'ended'))).toBe('one two');
  });

  it('keeps every byte of a large output', async () => {
    await red.out('run', '-d', '--name', 'large', 'busybox', 'seq', '1', '60000');
    await red.out('wait', 'large');
    const text = await red.out('logs', 'large');
    expect(text.split('\n').length).toBe(60_000);
    expect(text.endsWith('\n60000')).toBe(true);
    await red.out('rm', 'large');
  });

  it('of a terminal is as it was written', async () => {
    await red.out('run', '-d', '-t', '--name', 'tty', 'busybox', 'echo', 'typed');
    await red.out('wait', 'tty');
    expect(await red.docker(['logs', 'tty'])).toEqual({ code: 0, stdout: 'typed\r\n', stderr: '' });
    await red.out('rm', 'tty');
  });

  it('refuses a time that is none', async () => {
    expect(await red.fails('logs', '--since', 'yesterday', 'ended')).toMatch(/since/);
  });
});

describe('docker top', () => {
  it('shows the processes, and the columns that were asked for', async () => {
    expect(await red.out('top', 'loop')).toMatch(/PID.*CMD[\s\S]*sh -c i=0/);
    expect(await red.out('top', 'loop', '-o', 'pid,args')).toMatch(/^PID\s+COMMAND/);
  });

  it('refuses what would reach beyond the container', async () => {
    expect(await red.fails('top', 'loop', '-C', 'dockerd')).toContain('ps_args');
    expect(await red.fails('top', 'ended')).toContain('is not running');
  });
});

describe('docker stats', () => {
  it('shows one sample of every running container', async () => {
    const lines = (await red.out('stats', '--no-stream', '--format', '{{.Name}} {{.PIDs}} {{.MemUsage}}')).split('\n');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^loop [1-9]\d* [\d.]+[KM]iB \/ 512MiB$/);
  });

  it('of one container by name and by id', async () => {
    const id = await red.out('inspect', '--format', '{{.Id}}', 'loop');
    expect(await red.out('stats', '--no-stream', '--no-trunc', '--format', '{{.ID}} {{.Name}}', 'loop')).toBe(`${id} loop`);
  });

  it('goes on until it is told to end', async () => {
    const stats = live('stats', '--format', 'cpu {{.CPUPerc}}', 'loop');
    await stats.saw(/cpu \d+\.\d+%/, 3);
    stats.signal('SIGINT');
    await stats.ended;
  });
});
