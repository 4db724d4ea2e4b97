import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stageDatabase } from './stage.ts';
import { storyPlay } from './story.ts';

const asked = process.env.CRASH_SEED;
const long = process.env.BERTH_TEST_LONG !== undefined;
const seeds = asked === undefined ? Array.from({ length: long ? 1_000 : 100 }, (_, seed) => seed) : asked.split(',').map(Number);
const atOnce = Math.min(6, seeds.length);

let databases: { url: string; drop(): Promise<void> }[];
beforeAll(async () => {
  databases = await Promise.all(Array.from({ length: atOnce }, stageDatabase));
});
afterAll(() => Promise.all(databases.map((database) => database.drop())));

describe('a process that dies at a named step of a create, start, rename or remove', () => {
  it(
    `leaves no orphan, no loss and no duplicate: ${seeds.length} seeds on fake engines`,
    async () => {
      const waiting = [...seeds];
      const failures: string[] = [];
      let containers = 0;
      const worker = async ({ url }: { url: string }) => {
        for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift())
          await storyPlay(seed, url).then(
            (made) => (containers += made),
            (error: Error) => {
              // At once: a long run that is given up has said what it found.
              console.error(error.message);
              failures.push(error.message);
            },
          );
      };
      await Promise.all(databases.map(worker));
      if (failures.length > 0) throw new Error(failures.join('\n\n'));
      // A fleet that makes nothing breaks no rule.
      if (asked === undefined) expect(containers).toBeGreaterThan(3 * seeds.length);
    },
    long ? 3_600_000 : 600_000,
  );
});
