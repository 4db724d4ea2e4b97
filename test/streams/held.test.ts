import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../harness.ts';
import { type Ending, type Kind, type Opened, realKinds } from './kinds.ts';
import { type RealStage, realStageUp } from './real-stage.ts';

let real: RealStage;
const opened: [Kind, Opened][] = [];
beforeAll(async () => {
  real = await realStageUp('streams-held');
}, 900_000);
afterAll(() => real?.down());

/** Whatever was done to them: nothing of them is left on any side. */
afterEach(async () => {
  for (const [, { connection }] of opened.splice(0)) connection.destroy();
  await real.settled();
}, 900_000);

const dependent = realKinds.filter(({ lost }) => lost !== null);
const lostAs = Object.fromEntries(dependent.map(({ name, lost }) => [name, lost]));
const hostReady = () => until(async () => /^berth_hosts\{state="ready"\} 1$/m.test(await real.stage.metrics()), 90);

/** An engine is given up after six seconds of silence and one more question, which has five; a busy machine needs more. */
async function endingsOf(some: [Kind, Opened][], seconds = 90): Promise<Record<string, Ending | 'none'>> {
  const never = new Promise<'none'>((resolve) => setTimeout(resolve, seconds * 1000, 'none').unref());
  const each = some.map(async ([{ name }, stream]) => [name, await Promise.race([stream.ending(), never])] as const);
  return Object.fromEntries(await Promise.all(each));
}

describe('clients', () => {
  it.each([
    ['are reset', ({ socket }: Opened) => socket.resetAndDestroy()],
    ['go', ({ connection }: Opened) => connection.destroy()],
  ])(
    'that %s in the middle of every stream leave nothing behind, and what was half done is undone',
    async (_, cut) => {
      await real.openAll(opened);
      for (const [, stream] of opened) cut(stream);
      await real.settled();
    },
    900_000,
  );
});

describe('a host', () => {
  it('whose engine is cut off ends every stream on it, none as if it were whole, and no other', async () => {
    await real.openAll(opened);
    await real.host.cut();
    try {
      expect(await endingsOf(opened.filter(([{ lost }]) => lost !== null))).toEqual(lostAs);
      for (const [{ name, lost }, { connection }] of opened) if (lost === null) expect(connection.isClosed, name).toBe(false);
    } finally {
      await real.host.heal();
    }
    await hostReady();
  }, 900_000);
});
