import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { edgeKeep } from '../../src/edge/keep.ts';
import { type Seat, seatTake, seatWatch } from '../../src/edge/seat.ts';
import { until } from '../harness.ts';

const log = { info: () => {}, warn: () => {}, error: () => {} };
const options = (secret: string, identity = 'one') => ({ secret, identity, serving: Promise.resolve(), asked: () => {} });

describe('happy: the seat of an edge', () => {
  it('tells those who watch it that another one has succeeded', async () => {
    const secret = randomUUID();
    await seatTake(options(secret));
    const first = await seatWatch(secret);
    const seat = await seatTake(options(secret, 'two'));
    expect(await first?.ended).toBe('succeeded');
    expect((await seatWatch(secret))?.identity).toBe('two');
    await seat.leave();
  });

  it('is kept without a start of its own while one edge after another takes it', async () => {
    const secret = randomUUID();
    let started = 0;
    let seat = await seatTake(options(secret));
    const keptEnd = edgeKeep({ secret, identity: 'one', start: async () => void started++, log });
    for (let round = 0; round < 100; round++) seat = await seatTake(options(secret));
    await until(async () => (await seatWatch(secret)) !== undefined);
    keptEnd();
    await seat.leave();
    expect(started).toBe(0);
  });
});

describe('error: a machine that is so busy that an edge takes long to begin', () => {
  it('gets no second one while the first one lives', async () => {
    const secret = randomUUID();
    const started: Promise<Seat>[] = [];
    const slowly = async () => {
      await pause(11_000);
      return seatTake(options(secret));
    };
    const start = () => {
      started.push(slowly());
      return new Promise<void>(() => {});
    };
    const keptEnd = edgeKeep({ secret, identity: 'one', start, log });
    await until(async () => (await seatWatch(secret)) !== undefined);
    keptEnd();
    for (const seat of await Promise.all(started)) await seat.leave();
    expect(started).toHaveLength(1);
  });
});

describe('error: an edge that is just leaving', () => {
  it('is none to watch: its seat may go to a successor, and nobody died', async () => {
    const secret = randomUUID();
    const before = await seatsTaken();
    const seat = await seatTake(options(secret));
    const address = (await seatsTaken()).find((taken) => !before.includes(taken));
    await seat.leave();
    // What a link meets that the kernel accepted and the leaving edge did not.
    const leaving = createServer((link) => link.destroy()).listen(address);
    await once(leaving, 'listening');
    expect(await seatWatch(secret)).toBeUndefined();
    leaving.close();
  });
});

async function seatsTaken(): Promise<string[]> {
  return [...(await readFile('/proc/net/unix', 'utf8')).matchAll(/@(berth-edge-\S+)/g)].map(([, name]) => `\0${name}`);
}
