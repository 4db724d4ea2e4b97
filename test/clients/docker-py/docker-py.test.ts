import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandRun } from '../../harness.ts';
import { type ClientsStage, clientsStageUp } from '../stage.ts';

let stage: ClientsStage;
/** What each check of session.py saw, by its name. */
let saw: Record<string, unknown>;

beforeAll(async () => {
  stage = await clientsStageUp('docker-py');
  await stage.publish('tool:1');
  const script = join(import.meta.dirname, 'session.py');
  const { stdout, stderr } = await commandRun(
    ['/usr/bin/python3', script, stage.registry.address, join(import.meta.dirname, '../compose/built')],
    stage.red.env,
    { timeoutSeconds: 110 },
  );
  if (!stdout.startsWith('{')) throw new Error(`the session ended early: ${stderr}`);
  saw = JSON.parse(stdout);
});
afterAll(() => stage?.down());

describe('docker-py', () => {
  it.each<[sentence: string, check: string, expected: unknown]>([
    ['agrees on a version of the API, its own or the newest', 'negotiation', [true, '1.47', '1.47', '1.47', 'berth']],
    ['returns what a container wrote to its output', 'run_returns_output', 'hello\n'],
    ['raises what a container wrote when it fails', 'run_raises_on_failure', [3, 'broken\n']],
    ['streams what a container writes', 'run_streams', ['one\n', 'two\n']],
    ['raises an error of its own kind for an image that the registry has not', 'run_of_an_unknown_image', [404, 'NotFound']],
    ['leaves none of the containers that were to be removed', 'removed_when_it_ends', []],
    [
      'leads a container through its life',
      'life',
      ['created', ['life'], 'paused', 'running', 'renamed', 1, ['80/tcp'], ['exited', 137], 137, 404],
    ],
    ['waits for a container, and no longer than it was told', 'waits', [true, 137]],
    [
      'runs commands inside, with both streams together, apart, streamed and detached',
      'executes',
      [4, ['err', 'out'], 4, ['out\n', 'err\n'], 'one\ntwo\n', '', 'nobody\n/tmp\nblue\n'],
    ],
    ['types into a command over its socket', 'executes_over_a_socket', 'typed\r\ngot typed\r\n'],
    ['is attached over a socket before the start', 'attaches_over_a_socket', [1, 7, 'across\n']],
    [
      'is attached to a stream of two before the start',
      'attaches_to_a_stream',
      [
        ['out\n', null],
        [null, 'err\n'],
      ],
    ],
    ['reads logs and follows them to the end', 'logs', [['one', 'three', 'two'], 'two\n', 'three\n', true, '']],
    ['puts files in, and gets them out', 'archives', [true, 'note.txt', 12, 'of porcelain']],
    ['follows what a container uses', 'stats', ['/measured', true, true]],
    ['makes a network, and its members find each other by alias', 'networks', [0, ['cup', 'pot'], []]],
    ['makes a volume, whose data outlives the containers', 'volumes', ['1984\n', ['cellar'], []]],
    [
      'is refused by the name of the field what would reach a host',
      'refusals',
      [
        [403, 'HostConfig.Privileged'],
        [403, 'HostConfig.Binds'],
        [403, 'HostConfig.NetworkMode'],
        [403, 'HostConfig.PidMode'],
      ],
    ],
    ['tags, saves, loads and removes an image', 'images', [true, true, 1, true, ['busybox-static']]],
    ['pulls from the fleet’s registry', 'pulls', [true, 'Status: Image is up to date for REGISTRY/tool:1']],
    ['builds an image, and raises what failed', 'builds', [true, true, 'oolong tea\ntable for two\n', '9']],
    ['commits a container and pushes it', 'commits_and_pushes', ['made', 'me', true, true]],
    ['prunes what is unused, and sums what is used', 'prunes', [true, 1, ['BuildCache', 'Containers', 'Images', 'LayersSize', 'Volumes']]],
    ['follows events', 'events', ['create', 'start', 'kill', 'die', 'destroy']],
    ['speaks its low-level calls', 'low_level', [64 * 1024 * 1024, { Name: 'on-failure', MaximumRetryCount: 2 }, ['/run'], true]],
  ])('%s', (_, check, expected) => expect(saw[check]).toEqual(expected));

  it('leaves nothing behind', async () => {
    for (const list of [
      ['ps', '-aq'],
      ['volume', 'ls', '-q'],
      ['network', 'ls', '-q', '--filter', 'type=custom'],
    ])
      expect(await stage.red.out(...list)).toBe('');
  });
});
