import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../harness.ts';
import { liveDocker } from './live.ts';
import { type Client, type Stage, stageUp } from './stage.ts';

let stage: Stage;
let red: Client;

beforeAll(async () => {
  stage = await stageUp('lifecycle');
  red = stage.red;
});
afterAll(() => stage?.down());

const live = (...args: string[]) => liveDocker(red.env, ...args);
const state = (name: string, format = '{{.State.Status}} {{.State.ExitCode}}') => red.out('inspect', '--format', format, name);
const sleeper = (name: string, ...flags: string[]) => red.out('run', '-d', '--name', name, ...flags, 'busybox', 'sleep', '1000');
const trapper = (name: string, ...flags: string[]) =>
  red.out(
    'run',
    '-d',
    '--name',
    name,
    ...flags,
    'busybox',
    'sh',
    '-c',
    'trap "echo hup" HUP; trap "exit 5" TERM; trap "exit 6" USR1; echo armed; while :; do sleep 0.1; done',
  );
const armed = (name: string) => until(async () => (await red.out('logs', name)).includes('armed'));

describe('the life of a container', () => {
  it('is stopped by its signal, or killed when the time is up', async () => {
    await trapper('polite');
    await armed('polite');
    await red.out('stop', 'polite');
    expect(await state('polite')).toBe('exited 5');
    await sleeper('deaf');
    await red.out('stop', '-t', '0', 'deaf');
    expect(await state('deaf')).toBe('exited 137');
    await red.out('rm', 'polite', 'deaf');
  });

  it('is stopped by a signal of its own', async () => {
    await trapper('special', '--stop-signal', 'USR1');
    await armed('special');
    await red.out('stop', 'special');
    expect(await state('special')).toBe('exited 6');
    await red.out('rm', 'special');
  });

  it('takes signals, and the last of them ends it', async () => {
    await trapper('signalled');
    await armed('signalled');
    await red.out('kill', '-s', 'HUP', 'signalled');
    await until(async () => (await red.out('logs', 'signalled')).includes('hup'));
    expect(await state('signalled')).toBe('running 0');
    await red.out('kill', 'signalled');
    expect(await state('signalled')).toBe('exited 137');
    await red.out('rm', 'signalled');
  });

  it('starts again, with its files', async () => {
    await red.out('run', '--name', 'counter', 'busybox', 'sh', '-c', 'echo x >> /runs; wc -l < /runs');
    expect(await red.out('start', '-a', 'counter')).toBe('2');
    await red.out('rm', 'counter');
  });

  it('restarts, from running and from stopped', async () => {
    await sleeper('renewed', '--stop-timeout', '0');
    const started = await state('renewed', '{{.State.StartedAt}}');
    await red.out('restart', 'renewed');
    expect(await state('renewed', '{{.State.Status}} {{.State.StartedAt}}')).not.toBe(`running ${started}`);
    await red.out('stop', 'renewed');
    await red.out('restart', 'renewed');
    expect(await state('renewed')).toMatch(/^running/);
    await red.out('rm', '-f', 'renewed');
  });

  it('keeps a --rm container over a restart', async () => {
    await sleeper('brief', '--rm', '--stop-timeout', '0');
    await red.out('restart', 'brief');
    expect(await state('brief')).toMatch(/^running/);
    await red.out('stop', 'brief');
    await until(async () => (await red.out('ps', '-aq', '--filter', 'name=brief')) === '');
  });

  it('pauses and goes on', async () => {
    await sleeper('frozen');
    await red.out('pause', 'frozen');
    expect(await red.out('ps', '--filter', 'name=frozen', '--format', '{{.Status}}')).toMatch(/^Up .*\(Paused\)$/);
    expect(await red.fails('exec', 'frozen', 'true')).toContain('is paused, unpause the container before exec');
    await red.out('unpause', 'frozen');
    expect(await state('frozen')).toBe('running 0');
    expect(await red.fails('unpause', 'frozen')).toContain('is not paused');
    await red.out('rm', '-f', 'frozen');
  });

  it('is waited for: several at once, running or ended already', async () => {
    await red.out('run', '-d', '--name', 'short', 'busybox', 'sh', '-c', 'exit 4');
    await trapper('long');
    await armed('long');
    const wait = live('wait', 'short', 'long');
    await wait.saw('4');
    await red.out('kill', '-s', 'USR1', 'long');
    expect(await wait.ended).toBe(0);
    expect(wait.text).toBe('4\n6\n');
    await red.out('rm', 'short', 'long');
  });

  it('changes its name, which the old one is free for then', async () => {
    const id = await sleeper('before');
    await red.out('rename', 'before', 'after');
    expect(await state('after', '{{.Id}} {{.Name}}')).toBe(`${id} /after`);
    expect(await red.fails('inspect', '--type', 'container', 'before')).toContain('No such container: before');
    await sleeper('before');
    expect(await red.fails('rename', 'before', 'after')).toContain('is already in use');
    await red.out('rm', '-f', 'before', 'after');
  });

  it('says nothing new when it is where it was asked to be', async () => {
    await sleeper('there');
    await red.out('start', 'there');
    await red.out('rm', '-f', 'there');
    await red.out('create', '--name', 'never', 'busybox');
    await red.out('stop', 'never');
    expect(await red.fails('kill', 'never')).toMatch(/is not running/);
    await red.out('rm', 'never');
  });
});

describe('docker rm', () => {
  it('refuses a running container and takes it with -f', async () => {
    const id = await sleeper('alive');
    expect(await red.fails('rm', 'alive')).toMatch(
      new RegExp(`running container ${id}\\. Stop the container before attempting removal or force remove`),
    );
    expect(await red.out('rm', '-f', 'alive')).toBe('alive');
    expect(await red.fails('rm', 'alive')).toContain('No such container: alive');
  });

  it('with -f is content when there is none', async () => {
    expect((await red.docker(['rm', '-f', 'nobody'])).code).toBe(0);
  });

  it('takes a paused one with -f, and several at once', async () => {
    await sleeper('one');
    await sleeper('two');
    await red.out('pause', 'one');
    expect(await red.out('rm', '-f', 'one', 'two')).toBe('one\ntwo');
    expect(await red.out('ps', '-aq')).toBe('');
  });

  it('keeps anonymous volumes unless -v is given', async () => {
    await red.out('create', '--name', 'kept', '-v', '/data', 'busybox');
    await red.out('create', '--name', 'gone', '-v', '/data', 'busybox');
    const volumeOf = (name: string) => state(name, '{{(index .Mounts 0).Name}}');
    const [kept, gone] = [await volumeOf('kept'), await volumeOf('gone')];
    await red.out('rm', 'kept');
    await red.out('rm', '-v', 'gone');
    expect(await red.out('volume', 'ls', '-q')).toBe(kept);
    expect(gone).not.toBe(kept);
    await red.out('volume', 'rm', kept);
  });

  it('refuses words that are no signal, no name and no time', async () => {
    await sleeper('strict');
    expect(await red.fails('kill', '-s', 'NOSUCH', 'strict')).toMatch(/Invalid signal: NOSUCH/i);
    expect(await red.fails('rename', 'strict', '../up')).toContain('Invalid container name');
    await red.out('rm', '-f', 'strict');
  });
});
