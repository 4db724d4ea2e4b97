import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../harness.ts';
import { liveDocker } from './live.ts';
import { type Client, type Stage, stageUp } from './stage.ts';

let stage: Stage;
let red: Client;

beforeAll(async () => {
  stage = await stageUp('exec');
  red = stage.red;
  await red.out('run', '-d', '--name', 'box', 'busybox', 'sleep', '1000');
});
afterAll(() => stage?.down());

const live = (...args: string[]) => liveDocker(red.env, ...args);

describe('docker exec', () => {
  it('runs a command, its streams apart, and ends with its exit code', async () => {
    const result = await red.docker(['exec', 'box', 'sh', '-c', 'echo out; echo err >&2; exit 42']);
    expect(result).toEqual({ code: 42, stdout: 'out\n', stderr: 'err\n' });
  });

  it('passes an input on to its end', async () => {
    const bytes = Buffer.alloc(512 * 1024, 'y');
    expect(await red.pipe(bytes, 'exec', '-i', 'box', 'wc', '-c')).toBe(String(bytes.length));
  });

  it('takes environment, working directory and user', async () => {
    expect(await red.out('exec', '-e', 'A=b c', '-w', '/tmp', '-u', 'nobody', 'box', 'sh', '-c', 'echo $A; pwd; id -un')).toBe(
      'b c\n/tmp\nnobody',
    );
  });

  it('goes on by itself when detached', async () => {
    await red.out('exec', '-d', 'box', 'sh', '-c', 'echo done > /tmp/detached');
    await until(async () => (await red.docker(['exec', 'box', 'cat', '/tmp/detached'])).stdout === 'done\n');
  });

  it('loses no byte of a long output', async () => {
    const text = await red.out('exec', 'box', 'seq', '1', '100000');
    expect(text.length).toBe(588_894);
    expect(text.endsWith('\n100000')).toBe(true);
  });

  it('ends with the container', async () => {
    await red.out('run', '-d', '--name', 'ending', 'busybox', 'sleep', '1000');
    const exec = live('exec', 'ending', 'sh', '-c', 'echo on; sleep 1000');
    await exec.saw('on');
    await red.out('kill', 'ending');
    expect(await exec.ended).toBe(137);
    await red.out('rm', 'ending');
  });

  it('says what is wrong: no such command, a container that is not running, none at all', async () => {
    const absent = await red.docker(['exec', 'box', 'no-such-command']);
    expect(absent.code).toBe(126);
    expect(absent.stdout + absent.stderr).toContain('"no-such-command": executable file not found in $PATH');
    await red.out('create', '--name', 'asleep', 'busybox');
    const id = await red.out('inspect', '--format', '{{.Id}}', 'asleep');
    expect(await red.fails('exec', 'asleep', 'true')).toMatch(
      new RegExp(`^1: Error response from daemon: container ${id} is not running$`, 'i'),
    );
    expect(await red.fails('exec', 'nobody', 'true')).toBe('1: Error response from daemon: No such container: nobody');
    await red.out('rm', 'asleep');
  });

  it('does not run with more powers than its container has', async () => {
    expect(await red.fails('exec', '--privileged', 'box', 'true')).toContain('Privileged');
  });
});

describe('docker attach', () => {
  it('shows what is printed from now on and ends with the exit code', async () => {
    await red.out('run', '-d', '-i', '--name', 'speaker', 'busybox', 'sh', '-c', 'read line; echo "got $line"; exit 5');
    const attach = live('attach', 'speaker');
    attach.type('word\n');
    expect(await attach.ended).toBe(5);
    expect(attach.text).toContain('got word');
    await red.out('rm', 'speaker');
  });

  it('is several at once', async () => {
    await red.out('run', '-d', '--name', 'ticker', 'busybox', 'sh', '-c', 'while :; do echo tick; sleep 0.2; done');
    const viewers = [live('attach', '--no-stdin', 'ticker'), live('attach', '--no-stdin', 'ticker')];
    for (const viewer of viewers) await viewer.saw('tick', 3);
    await red.out('rm', '-f', 'ticker');
    for (const viewer of viewers) expect(await viewer.ended).toBe(137);
  });

  it('hands signals on to the process, whose exit code it ends with', async () => {
    await red.out('run', '-d', '--name', 'trapper', 'busybox', 'sh', '-c', 'trap "exit 8" TERM; while :; do echo armed; sleep 0.1; done');
    const attach = live('attach', '--no-stdin', 'trapper');
    // The CLI listens for signals before it attaches.
    await attach.saw('armed');
    attach.signal('SIGTERM');
    expect(await attach.ended).toBe(8);
    await red.out('rm', 'trapper');
  });

  it('does not attach to a container that does not run', async () => {
    await red.out('create', '--name', 'asleep', 'busybox');
    expect(await red.fails('attach', 'asleep')).toContain('cannot attach to a stopped container');
    await red.out('rm', 'asleep');
  });
});

describe('docker start -a', () => {
  it('shows the output of every run, with its exit code', async () => {
    await red.out('create', '--name', 'twice', 'busybox', 'sh', '-c', 'echo run; exit 2');
    for (let time = 0; time < 2; time++)
      expect(await red.docker(['start', '-a', 'twice'])).toEqual({ code: 2, stdout: 'run\n', stderr: '' });
    await red.out('rm', 'twice');
  });

  it('with -i passes an input on', async () => {
    await red.out('create', '-i', '--name', 'reader', 'busybox', 'cat');
    expect(await red.pipe('read me\n', 'start', '-ai', 'reader')).toBe('read me');
    await red.out('rm', 'reader');
  });
});
