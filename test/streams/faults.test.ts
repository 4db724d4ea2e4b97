import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Tenant, until } from '../harness.ts';
import { type Ending, type Kind, kinds, type Opened } from './kinds.ts';
import { type Stage, stageUp } from './stage.ts';

let stage: Stage;
const opened: [Kind, Opened][] = [];
beforeAll(async () => {
  stage = await stageUp();
});
afterAll(() => stage?.down());

/** Whatever was done to it: nothing of it is left on any side. */
afterEach(async () => {
  for (const [, { connection }] of opened.splice(0)) connection.destroy();
  stage.engine.faultsClear();
  await until(() => stage.berth.server.app.fleet.hosts().every((host) => host.watch.live));
  await stage.settled();
});

/** Each in the middle of its stream. */
async function openAll(which: readonly Kind[], world = stage.world): Promise<void> {
  // Else they would be over at once.
  for (const match of ['GET /containers/*/archive', 'GET /containers/*/export', 'GET /images/get'])
    stage.engine.fault({ match, kind: 'stall' });
  stage.engine.fault({ match: 'POST /images/load', kind: 'hang' });
  for (const kind of which) opened.push([kind, await kind.open(world)]);
  const wanted = which.filter(({ lost }) => lost !== null).length;
  await until(() => stage.calls().length >= wanted).catch(() => {
    throw new Error(`only these reached the engine: ${stage.calls().join(', ')}`);
  });
}

/** An engine is given up after six seconds of silence and one more question, which has five. */
const patienceMs = 20_000;

async function endings(): Promise<Record<string, Ending | 'none'>> {
  const never = new Promise<'none'>((resolve) => setTimeout(resolve, patienceMs, 'none').unref());
  const each = opened.map(async ([{ name }, stream]) => [name, await Promise.race([stream.ending(), never])] as const);
  return Object.fromEntries(await Promise.all(each));
}

const dependent = kinds.filter(({ lost }) => lost !== null);
const independent = kinds.filter(({ lost }) => lost === null);
const lostAs = Object.fromEntries(dependent.map(({ name, lost }) => [name, lost]));

describe('an engine', () => {
  it('that is killed ends every stream on it, none of them as if it were whole', async () => {
    await openAll(dependent);
    await stage.engine.die();
    expect(await endings()).toEqual(lostAs);
    await stage.engine.revive();
  });

  it('that falls silent ends them likewise, once it has been given up', async () => {
    await openAll(dependent);
    stage.engine.cut();
    expect(await endings()).toEqual(lostAs);
    stage.engine.heal();
  });

  it('that is lost takes nothing with it that does not depend on it', async () => {
    await openAll(independent);
    await stage.engine.die();
    await until(() => stage.berth.server.app.fleet.hosts().every((host) => !host.watch.live));
    for (const [{ name }, { connection }] of opened) expect(connection.isClosed, name).toBe(false);
    await stage.engine.revive();
  });
});

describe('a client', () => {
  it.each(kinds)('that is reset leaves nothing behind: $name', async (kind) => {
    await openAll([kind]);
    opened[0]?.[1].socket.resetAndDestroy();
  });

  it.each(kinds)('that goes leaves nothing behind: $name', async (kind) => {
    await openAll([kind]);
    opened[0]?.[1].connection.destroy();
  });
});

describe('credentials that are revoked', () => {
  it('end every stream that they opened', async () => {
    const blue = stage.berth.tenants.blue as Tenant;
    await openAll(kinds, await stage.worldOf(blue));
    for (const kind of ['tokens', 'certificates']) {
      const listed = JSON.parse(await stage.rest('GET', `/v1/tenants/${blue.id}/${kind}`));
      for (const { id } of listed.items) await stage.rest('DELETE', `/v1/tenants/${blue.id}/${kind}/${id}`);
    }
    const ended = Object.entries(await endings());
    expect(ended.filter(([, ending]) => ending !== 'closed' && ending !== 'broken off')).toEqual([]);
  });
});
