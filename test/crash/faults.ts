import { setTimeout as sleep } from 'node:timers/promises';
import type { FakeEngine } from '../fakes/engine/engine.ts';
import type { Random } from './random.ts';

const calls = [
  'POST /containers/create',
  'POST /containers/*/start',
  'DELETE /containers/*',
  'GET /containers/*/json',
  'POST /networks/*/connect',
  '**',
];

/** Makes one thing go wrong on one engine. True when its containers may have died of it. */
export async function faultMake(engine: FakeEngine, random: Random): Promise<boolean> {
  const match = random.pick(calls);
  const times = 1 + random.int(2);
  switch (random.int(8)) {
    case 0:
      // Longer than the process that asked may live: a late effect.
      engine.fault({ match, kind: 'slow', ms: 100 + random.int(1_500), times });
      return false;
    case 1:
      engine.fault({ match, kind: 'drop-after', times });
      return false;
    case 2:
      engine.fault({ match, kind: 'drop', times });
      return false;
    case 3:
      engine.fault({ match, kind: 'error', status: 500, times });
      return false;
    case 4: {
      engine.fault({ match, kind: 'hang', times });
      await sleep(200 + random.int(300));
      engine.cut({ destroy: true });
      await sleep(random.int(200));
      engine.heal();
      return false;
    }
    case 5:
      engine.eventFault({ kind: random.pick(['drop', 'duplicate', 'reorder'] as const), times: 1 + random.int(5) });
      return false;
    case 6:
      engine.eventFault({ kind: 'delay', ms: random.int(500), times: 1 + random.int(5) });
      return false;
    default: {
      const running = random.chance(0.5);
      await engine.die();
      await sleep(random.int(400));
      await engine.revive({ running });
      return !running;
    }
  }
}
