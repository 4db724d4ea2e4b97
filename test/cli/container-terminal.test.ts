import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../harness.ts';
import { type LiveTerminal, liveTerminal } from './live.ts';
import { type Client, type Stage, stageUp } from './stage.ts';

let stage: Stage;
let red: Client;

beforeAll(async () => {
  stage = await stageUp('terminal');
  red = stage.red;
});
afterAll(() => stage?.down());

const detach = '\x10\x11';
const ctrlC = '\x03';
const terminal = (...args: string[]) => liveTerminal(red.env, { rows: 33, columns: 99 }, ...args);

/** A client tells its size once what it opened runs, which may be after the first prompt. */
const sized = (on: LiveTerminal, size: string) =>
  until(async () => {
    on.type('stty size\r');
    return on.text.includes(size);
  });

/** It hears of a change only after it told its first size: a terminal says each change once. */
const follows = (on: LiveTerminal, rows: number, columns: number) =>
  until(async () => {
    await on.resize(rows - 1, columns);
    await on.resize(rows, columns);
    on.type('stty size\r');
    return on.text.includes(`${rows} ${columns}`);
  });

describe('a terminal', () => {
  it('is one for the container, which has the window size of the client and follows it', async () => {
    const run = await terminal('run', '--rm', '-it', 'busybox', 'sh');
    await run.saw('# ');
    run.type('tty; echo $TERM\r');
    await run.saw('xterm');
    await sized(run, '33 99');
    await follows(run, 41, 120);
    run.type('exit 7\r');
    expect(await run.ended).toBe(7);
  });

  it('has its size without an input too', async () => {
    const run = await terminal('run', '--rm', '-t', 'busybox', 'sh', '-c', 'until stty size 2>/dev/null | grep 9; do sleep 0.1; done');
    expect(await run.ended).toBe(0);
    expect(run.text).toContain('33 99');
  });

  it('takes Ctrl-C to the process inside', async () => {
    const run = await terminal(
      'run',
      '--rm',
      '-it',
      'busybox',
      'sh',
      '-c',
      'trap "echo interrupted; exit 9" INT; echo armed; while :; do sleep 0.1; done',
    );
    await run.saw('armed');
    run.type(ctrlC);
    expect(await run.ended).toBe(9);
    expect(run.text).toContain('interrupted');
  });

  it('is left with Ctrl-P Ctrl-Q while the container goes on, and taken up again', async () => {
    const run = await terminal('run', '-it', '--name', 'shell', 'busybox', 'sh');
    await run.saw('# ');
    run.type('kept=yes\r');
    await run.saw('# ', 2);
    run.type(detach);
    expect(await run.ended).toBe(0);
    expect(await red.out('inspect', '--format', '{{.State.Running}}', 'shell')).toBe('true');

    const again = await terminal('attach', 'shell');
    await until(async () => {
      again.type('echo "<$kept>"\r');
      return again.text.includes('<yes>');
    });
    again.type('exit 3\r');
    expect(await again.ended).toBe(3);
    await red.out('rm', 'shell');
  });

  it('is left with the keys that the client chose', async () => {
    const run = await terminal('run', '-it', '--name', 'own-keys', '--detach-keys', 'ctrl-a,d', 'busybox', 'sh');
    await run.saw('# ');
    run.type('\x01d');
    expect(await run.ended).toBe(0);
    expect(await red.out('inspect', '--format', '{{.State.Running}}', 'own-keys')).toBe('true');
    await red.out('rm', '-f', 'own-keys');
  });

  it('opens for start -ai too', async () => {
    await red.out('create', '-it', '--name', 'prepared', 'busybox', 'sh');
    const start = await terminal('start', '-ai', 'prepared');
    await start.saw('# ');
    start.type('exit 4\r');
    expect(await start.ended).toBe(4);
    await red.out('rm', 'prepared');
  });

  it('opens in a running container, with the size of the client, and is left and closed on its own', async () => {
    await red.out('run', '-d', '--name', 'inside', 'busybox', 'sleep', '1000');
    const exec = await terminal('exec', '-it', 'inside', 'sh');
    await exec.saw('# ');
    await sized(exec, '33 99');
    await follows(exec, 20, 60);
    exec.type('exit 6\r');
    expect(await exec.ended).toBe(6);

    const left = await terminal('exec', '-it', 'inside', 'sh');
    await left.saw('# ');
    left.type(detach);
    expect(await left.ended).not.toBe(124);
    await red.out('rm', '-f', 'inside');
  });
});
