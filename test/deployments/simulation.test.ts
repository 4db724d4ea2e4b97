import { afterAll, beforeAll, describe, it } from 'vitest';
import { stageDatabase } from '../crash/stage.ts';
import { deploymentStoryPlay } from './simulation-story.ts';

const asked = process.env.SIMULATION_SEED;
const long = process.env.BERTH_TEST_LONG !== undefined;
const seeds = asked === undefined ? Array.from({ length: long ? 1_000 : 100 }, (_, seed) => seed) : asked.split(',').map(Number);
const atOnce = Math.min(8, seeds.length);

let databases: { url: string; drop(): Promise<void> }[];
beforeAll(async () => {
  databases = await Promise.all(Array.from({ length: atOnce }, stageDatabase));
});
afterAll(() => Promise.all(databases.map((database) => database.drop())));

describe('deployments whose wish changes while processes are killed and engines fail', () => {
  it(
    `become what was wished, with no orphan and no duplicate: ${seeds.length} seeds on fake engines`,
    async () => {
      const waiting = [...seeds];
      const failures: string[] = [];
      const worker = async ({ url }: { url: string }) => {
        for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift())
          await deploymentStoryPlay(seed, url).catch((error: Error) => {
            console.error(error.message);
            failures.push(error.message);
          });
      };
      await Promise.all(databases.map(worker));
      if (failures.length > 0) throw new Error(failures.join('\n\n'));
    },
    long ? 3_600_000 : 900_000,
  );
});
