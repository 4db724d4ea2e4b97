import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../harness.ts';
import { type Client, type Stage, stageUp } from './stage.ts';

const long = process.env.BERTH_TEST_LONG !== undefined;
const lanes = 20;
const runsPerLane = long ? 100 : 3;

let stage: Stage;
let red: Client;

beforeAll(async () => {
  stage = await stageUp('auto-remove');
  red = stage.red;
});
afterAll(() => stage?.down());

/** A few KB that no other run prints. */
const script = 'for i in $(seq 200); do echo "$0 line $i of a run that loses nothing"; done';
const printed = (run: string) => Array.from({ length: 200 }, (_, line) => `${run} line ${line + 1} of a run that loses nothing`).join('\n');
const runNamed = (name: string, run: string) => red.out('run', '--rm', '--name', name, 'busybox', 'sh', '-c', script, run);

describe('docker run --rm', () => {
  it('a hundred times in a row under one name never meets it taken and never loses output', async () => {
    for (let time = 1; time <= 100; time++) expect(await runNamed('again', `run-${time}`)).toBe(printed(`run-${time}`));
  }, 180_000);

  it(
    `in ${lanes} lanes at once, each ${runsPerLane} times under one name, neither`,
    async () => {
      const lane = async (number: number) => {
        for (let time = 1; time <= runsPerLane; time++)
          expect(await runNamed(`lane-${number}`, `${number}-${time}`)).toBe(printed(`${number}-${time}`));
      };
      await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
    },
    runsPerLane * 60_000,
  );

  it('leaves nothing on any engine', async () => {
    expect(await red.out('ps', '-aq')).toBe('');
    for (const host of stage.hosts) await until(async () => (await engineContainers(host.dockerHostEnv)) === '');
  });
});

async function engineContainers(env: Record<string, string>): Promise<string> {
  return (await red.docker(['ps', '-aq'], { env })).stdout;
}
