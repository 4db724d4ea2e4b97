import { containerAutoRemove } from '../app/container-remove.ts';
import type { App } from '../app/context.ts';
import { eventsGap } from '../app/event-gap.ts';
import { eventRecorder } from '../app/event-record.ts';
import { eachAtOnce } from '../domain/each-at-once.ts';
import { labels } from '../domain/labels.ts';
import { pause } from '../domain/pause.ts';
import type { EngineEvent } from '../engine/events.ts';
import type { FleetHost, Keeper } from '../observe/fleet.ts';
import { type Observation, observationFresh } from '../observe/observation.ts';
import { chores, hostChores } from './chores.ts';
import { buildSettle } from './tasks/build-settle.ts';
import { containerSettle } from './tasks/container-settle.ts';
import { hostSweep } from './tasks/host-sweep.ts';
import { hostVerify, hostVerifySoon } from './tasks/host-verify.ts';
import { intentSettle, ownIntentSettle } from './tasks/intent-settle.ts';
import { networkSettle } from './tasks/network-settle.ts';
import { secretSweep } from './tasks/secret-sweep.ts';
import { tenantDelete } from './tasks/tenant-delete.ts';
import { volumeSettle } from './tasks/volume-settle.ts';

const gapSettleMs = 2_000;
const settledAtOnce = 8;

/** Wakes the tasks: on what a kept host shows, after each gap, and by timer, since a lost wake-up must cost a delay and no more. */
export function keeperMake(app: App): Keeper & { start(): void; halt(): void; stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const halted = new AbortController();
  const background = new Set<Promise<unknown>>();
  const quarantined = new Map<string, number>();
  const busy = new Set<string>();
  const notBefore = new Map<string, number>();
  const turns = new Map<string, Promise<void>>();
  const recorder = eventRecorder(app);

  const run = (what: string, task: () => Promise<unknown>): Promise<unknown> => {
    if (stopped) return Promise.resolve();
    const work = task()
      .catch((error) => app.log.warn(`${what} failed and will be tried again`, { cause: String(error) }))
      .finally(() => background.delete(work));
    background.add(work);
    return work;
  };

  /** One at a time of each kind: an engine that hangs holds up its own work and nobody else's. */
  const runOnce = (what: string, key: string, task: () => Promise<void>): void => {
    if (busy.has(key)) return;
    busy.add(key);
    void run(what, task).finally(() => busy.delete(key));
  };

  const runSometimes = (what: string, key: string, everyMs: number, task: () => Promise<void>): void => {
    if (Date.now() < (notBefore.get(key) ?? 0)) return;
    notBefore.set(key, Date.now() + everyMs);
    runOnce(what, key, task);
  };

  /**
   * One after the other for each container, by what is known when its turn comes: what an old document says is never written after what a
   * younger one says.
   */
  function settleInTurn(host: FleetHost, engineId: string, observation: Observation): Promise<void> {
    const settle = async () => {
      await app.directory.fresh();
      const row = app.directory.containerByEngineId(engineId);
      const latest = host.watch.peek(engineId) ?? observation;
      if (row?.hostId !== host.row.id || !observationFresh(latest)) return;
      const { autoRemove } = await containerSettle(app, row, latest.document);
      // Beside its turn, and beside the round: an engine may take a minute for it.
      if (autoRemove) runOnce('auto-remove', `auto-remove/${row.id}`, () => containerAutoRemove(app, row));
    };
    const turn = (turns.get(engineId) ?? Promise.resolve()).then(settle, settle);
    turns.set(engineId, turn);
    return turn.finally(() => {
      if (turns.get(engineId) === turn) turns.delete(engineId);
    });
  }

  async function containersSettle(host: FleetHost): Promise<void> {
    // What was missed is asked for by readers, and there may be none.
    await app.directory.fresh();
    const rows = [...app.directory.containers.all()].filter(({ hostId, state }) => hostId === host.row.id && state === 'created');
    await eachAtOnce(rows, settledAtOnce, async ({ id, engineId }) => {
      if (engineId === null || !host.watch.live) return;
      const { observation, live } = await host.watch.read(engineId);
      if (!live) return;
      // One that cannot be settled holds up no other.
      await settleInTurn(host, engineId, observation).catch((error) =>
        app.log.warn('container settle failed and will be tried again', { container: id, cause: String(error) }),
      );
    });
  }

  /** What an engine still knows comes by itself first. */
  async function gapSettle(host: FleetHost): Promise<void> {
    await pause(gapSettleMs, halted.signal);
    if (stopped) return;
    await recorder.flush();
    await eventsGap(app, host.row.id);
  }

  function round(): void {
    for (const host of app.fleet.hosts().filter(({ keeps }) => keeps)) {
      runOnce('intent settle', `intents/${host.row.id}`, () => intentSettle(app, host));
      if (!host.watch.live) continue;
      runOnce('container settle', `containers/${host.row.id}`, () => containersSettle(host));
      runOnce('host verify', `walls/${host.row.id}`, () => hostVerify(app, host, halted.signal));
      for (const { name, everyMs, work } of hostChores) runSometimes(name, `${name}/${host.row.id}`, everyMs, () => work(app, host));
    }
    for (const task of [ownIntentSettle, buildSettle, networkSettle, volumeSettle, tenantDelete])
      runOnce(task.name, task.name, () => task(app));
    for (const { name, everyMs, work } of chores) runSometimes(name, name, everyMs, () => work(app));
  }

  return {
    observed(host, engineId, observation: Observation) {
      // What is old already may be from before a start: nothing is decided on it, and the answer to the next question comes here too.
      if (!observationFresh(observation)) void host.watch.read(engineId);
      else void run('container settle', () => settleInTurn(host, engineId, observation));
    },
    listed(host, found) {
      void run('host sweep', async () => {
        const count = await hostSweep(app, host, found);
        if (count > 0 && quarantined.get(host.row.id) !== count) {
          app.log.warn('containers with our label but without a row are left alone', { host: host.row.name, count });
        }
        quarantined.set(host.row.id, count);
      });
      runOnce('secret sweep', `secrets/${host.row.id}`, () => secretSweep(app, host));
      hostVerifySoon(host);
      round();
    },
    gap(host) {
      runOnce('event gap', `gap/${host.row.id}`, () => gapSettle(host));
    },
    event(host, event: EngineEvent) {
      recorder.note(host.row.id, event);
      const made = event.Action === 'create' ? event.Actor.Attributes[labels.container] : undefined;
      // What this very process is making it knows to be wanted.
      if (made === undefined || app.underWay.has(made)) return;
      void run('host sweep', () => hostSweep(app, host, new Map([[event.Actor.ID, event.Actor.Attributes]])));
    },
    start() {
      timer = setInterval(round, app.pace.roundMs);
    },
    halt() {
      stopped = true;
      halted.abort();
      clearInterval(timer);
    },
    async stop() {
      this.halt();
      await Promise.allSettled(background);
      await recorder.settled();
    },
  };
}
