import { setTimeout as sleep } from 'node:timers/promises';
import { containerCreate } from '../../src/app/container-create.ts';
import { containerRemove } from '../../src/app/container-remove.ts';
import { tenantScope } from '../../src/db/scope.ts';
import type { RunningApp } from '../../src/runtime/app-node.ts';
import { faultMake } from './faults.ts';
import { rulesHold, violations } from './invariants.ts';
import { promisesBroken } from './promises.ts';
import { type Random, randomMake } from './random.ts';
import { appKill, engineCall, type Stage, stageUp } from './stage.ts';
import { Ledger, names, requestMake, specOf } from './workload.ts';

const steps = [
  'create:intent',
  'create:engine',
  'create:done',
  'start:held',
  'start:engine',
  'remove:intent',
  'remove:engine',
  'remove:done',
  'rename:intent',
];
const settleSeconds = 20;

/** The step at which a seed's process dies: each in turn. */
function stepOf(seed: number): string {
  return steps[seed % steps.length] as string;
}

/**
 * One seed: clients ask random things of a process that dies at a named step, while engines fail in random ways; another process was
 * running beside it or starts after it. Throws with every broken rule that time did not mend. Returns how many containers were made.
 */
export async function storyPlay(seed: number, databaseUrl: string): Promise<number> {
  const random = randomMake(seed);
  const stage = await stageUp(databaseUrl);
  try {
    const witness = random.chance(0.5) ? await stage.appUp() : null;
    const ledger = new Ledger();
    const doomed = await doomedUp(stage, stepOf(seed), 1 + random.int(3));
    for (const running of [doomed.running, witness]) if (running) await stage.appReady(running);
    const troubled = troubleMake(stage, random);
    await Promise.all(
      [0, 1, 2].map((client) =>
        clientRun(
          stage,
          ledger,
          randomMake(seed * 31 + client),
          () => (doomed.dead() ? witness : random.chance(0.3) ? (witness ?? doomed.running) : doomed.running),
          doomed.death,
        ),
      ),
    );
    await doomed.kill();
    const survivor = witness ?? (await stage.appUp());
    await stage.appReady(survivor).catch(() => undefined);
    if (random.chance(0.5)) await clientRun(stage, ledger, random, () => survivor, doomed.death);
    const containersDied = await troubled.end();
    try {
      await settled(stage, ledger, containersDied);
      await stage.appReady(survivor);
      await namesAreFree(survivor, ledger);
    } finally {
      await survivor.stop();
    }
    // An engine may carry out only now what a dead process asked for: whoever comes next mends that, and nobody else could.
    const next = await stage.appUp();
    try {
      await settled(stage, ledger, containersDied);
    } finally {
      await next.stop();
    }
    return ledger.all().filter(({ exists }) => exists).length;
  } catch (error) {
    throw new Error(
      `seed ${seed}, killed at ${stepOf(seed)}: ${(error as Error).message}\nAgain with: CRASH_SEED=${seed} npm test -- crash\n${stage.log.slice(-40).join('\n')}`,
      { cause: error },
    );
  } finally {
    await stage.close();
  }
}

async function doomedUp(stage: Stage, step: string, occurrence: number) {
  let left = occurrence;
  let killed: Promise<void> | null = null;
  const { promise: death, resolve: died } = Promise.withResolvers<void>();
  const kill = () => {
    killed ??= appKill(running).then(died);
    return killed;
  };
  const running: RunningApp = await stage.appUp(async (name) => {
    if (name === step) left--;
    if (left > 0 && killed === null) return;
    void kill();
    await new Promise<never>(() => undefined);
  });
  return { running, kill, death, dead: () => killed !== null };
}

/** A client asks one thing after the other, and gives up what the dead process owes it. */
async function clientRun(
  stage: Stage,
  ledger: Ledger,
  random: Random,
  appOf: () => RunningApp | null,
  death: Promise<void>,
): Promise<void> {
  for (let request = 0; request < 10; request++) {
    const running = appOf();
    if (!running) return;
    const answer = requestMake(running.app, stage.tenantIds, ledger, random).catch((error) => {
      stage.log.push(`${new Date().toISOString()} client: ${(error as Error).message}`);
    });
    await Promise.race([answer, death.then(() => (appOf() === running ? answer : undefined))]);
  }
}

/** Engines fail now and then until the end is asked for, which mends them all. */
function troubleMake(stage: Stage, random: Random) {
  let over = false;
  let containersDied = false;
  const trouble = (async () => {
    while (!over) {
      await sleep(50 + random.int(250));
      if (!over && (await faultMake(random.pick(stage.engines), random))) containersDied = true;
    }
  })();
  return {
    async end() {
      over = true;
      await trouble;
      for (const engine of stage.engines) {
        engine.faultsClear();
        // Ends what hangs.
        engine.cut({ destroy: true });
        engine.heal();
      }
      return containersDied;
    },
  };
}

async function settled(stage: Stage, ledger: Ledger, containersDied: boolean): Promise<void> {
  // An engine that did not answer a look is looked at again.
  const look = () => brokenRules(stage, ledger, containersDied).catch((error: Error) => [error.message]);
  await rulesHold(look, settleSeconds);
}

async function brokenRules(stage: Stage, ledger: Ledger, containersDied: boolean): Promise<string[]> {
  const hosts = await stage.sql<{ id: string; url: string }[]>`select id, url from host`;
  const broken = await violations(
    stage.sql,
    hosts.map(({ id, url }) => ({ hostId: id, url })),
  );
  const states = new Map<string, string>();
  for (const [index, engine] of stage.engines.entries()) {
    const listed = await engineCall<{ Id: string; State: string }[]>(engine, 'GET', '/containers/json?all=true');
    for (const { Id, State } of listed) states.set(Id, State);
    for (const id of stage.strangers[index] ?? []) if (!states.has(id)) broken.push(`stranger ${id} was removed`);
  }
  return [...broken, ...promisesBroken(ledger, states, containersDied)];
}

/** A name whose container was removed can be given to another. */
async function namesAreFree({ app }: RunningApp, ledger: Ledger): Promise<void> {
  const tenantId = ledger.all()[0]?.tenantId;
  if (tenantId === undefined) return;
  const scope = tenantScope(app.db, tenantId);
  await app.directory.fresh();
  const taken = new Set([...app.directory.containersOf(tenantId)].map((row) => row.name));
  for (const name of names.filter((one) => !taken.has(one))) {
    const row = await containerCreate(app, scope, specOf(name, {}));
    await containerRemove(app, scope, row, { force: false, volumes: true });
  }
}
