import { labels } from '../domain/labels.ts';
import { type EngineFacts, engineFactsRead } from '../engine/calls.ts';
import { type Engine, EngineError, EngineUnreachable } from '../engine/engine.ts';
import { type EngineEvent, engineEvents } from '../engine/events.ts';
import { inspectScrub } from '../engine/inspect-scrub.ts';
import type { EngineContainerInspect } from '../engine/inspect-types.ts';
import { nanoTimeSeconds } from '../policy/nano-time.ts';
import { type ListedContainer, listedDiffers } from './listed-container.ts';
import { type Observation, observationFresh, observationMake } from './observation.ts';

const beatDeadlineMs = 2_000;
/** Silence longer than this and what we know of the host is no longer shown as present. */
const staleMs = 4_000;
/** Silence longer than this, and no new connection: whoever waits for the engine is told so, streams included. */
const giveUpMs = 6_000;
const readDeadlineMs = 5_000;
const retryMs = [100, 250, 500, 1_000];
const listConcurrency = 8;
/** As many as an engine itself remembers. */
const recentEvents = 256;
/** Between an engine's clock and ours, when there is no event of its own to go on from. */
const clockSlackMs = 5_000;

export interface HostWatchListener {
  /** The engine answered; its facts, at each (re)connection. */
  connected(facts: EngineFacts): void;
  /** After a gap, and now and then: everything on the engine that carries our label, of any installation, by engine id. */
  listed(found: Map<string, Record<string, string>>, afterGap: boolean): void;
  event(event: EngineEvent): void;
  /** A new document of one container, or null when the engine has it no more. */
  observed(engineId: string, observation: Observation): void;
  lost(cause: unknown): void;
}

/**
 * Follows one engine: events as they come, and a full list after every gap, since an engine keeps only 256 of them.
 * A document is asked for when something happened to its container, at once in the background and by whoever reads it.
 */
export class HostWatch {
  readonly hostId: string;
  readonly engine: Engine;
  /** When the engine last answered anything. */
  seenAt = new Date(0);
  /** What the engine said of itself when it was last connected. */
  facts: EngineFacts | null = null;
  readonly #installation: string;
  readonly #listMs: number;
  readonly #beatMs: number;
  readonly #listener: HostWatchListener;
  readonly #observations = new Map<string, Observation>();
  readonly #stop = new AbortController();
  readonly #recent: EngineEvent[] = [];
  readonly #seenBefore: Date | null;
  #following = false;

  /** `seenBefore`: when another process, or an earlier one, last heard of the engine; null: nobody did. */
  constructor(
    hostId: string,
    engine: Engine,
    options: { installation: string; listMs: number; beatMs: number; seenBefore: Date | null },
    listener: HostWatchListener,
  ) {
    this.hostId = hostId;
    this.engine = engine;
    this.#installation = options.installation;
    this.#listMs = options.listMs;
    this.#beatMs = options.beatMs;
    this.#seenBefore = options.seenBefore;
    this.#listener = listener;
  }

  /** True while events arrive and the engine answers: what is remembered is what is. */
  get live(): boolean {
    return this.#following && Date.now() - this.seenAt.getTime() < staleMs;
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#stop.abort();
    this.engine.close();
  }

  /** What was known from an earlier life of the process, for a host that may not come back. */
  remember(engineId: string, document: EngineContainerInspect, seenAt: Date): void {
    if (!this.#observations.has(engineId)) this.#observations.set(engineId, { ...observationMake(), document, seenAt });
  }

  /** Something may have changed it: the next read asks the engine. */
  dirty(engineId: string): void {
    this.#observe(engineId).dirty++;
  }

  dirtyAll(): void {
    for (const observation of this.#observations.values()) observation.dirty++;
  }

  /** The last events, for whoever takes over from one who died with them unwritten. */
  recent(): readonly EngineEvent[] {
    return this.#recent;
  }

  forget(engineId: string): void {
    this.#observations.delete(engineId);
  }

  /** What is known at this moment, without asking. */
  peek(engineId: string): Observation | undefined {
    return this.#observations.get(engineId);
  }

  /** The present state where it is known without asking, as it is most of the time. */
  known(engineId: string): Observation | undefined {
    const observation = this.#observations.get(engineId);
    return observation && this.live && observationFresh(observation) ? observation : undefined;
  }

  /** The present state, asking the engine only when what is known may be old. `live` false: the engine could not be asked. */
  async read(engineId: string): Promise<{ observation: Observation; live: boolean }> {
    const known = this.known(engineId);
    if (known) return { observation: known, live: true };
    const observation = this.#observe(engineId);
    try {
      await this.#ask(engineId, observation);
      return { observation, live: true };
    } catch {
      return { observation, live: false };
    }
  }

  #observe(engineId: string): Observation {
    let observation = this.#observations.get(engineId);
    if (!observation) {
      observation = observationMake();
      this.#observations.set(engineId, observation);
    }
    return observation;
  }

  #ask(engineId: string, observation: Observation): Promise<void> {
    if (observation.asking && observation.asking.at === observation.dirty) return observation.asking.answer;
    const at = observation.dirty;
    const answer = this.#inspect(engineId, observation, at).finally(() => {
      if (observation.asking?.answer === answer) observation.asking = null;
    });
    observation.asking = { at, answer };
    return answer;
  }

  async #inspect(engineId: string, observation: Observation, at: number): Promise<void> {
    let document: EngineContainerInspect | null;
    try {
      document = inspectScrub(
        await this.engine.json<EngineContainerInspect>({ method: 'GET', path: `/containers/${engineId}/json`, deadlineMs: readDeadlineMs }),
      );
    } catch (error) {
      if (!(error instanceof EngineError && error.status === 404)) throw error;
      document = null;
    }
    this.seenAt = new Date();
    // An older question may be answered after a younger one.
    if (at <= observation.clean) return;
    Object.assign(observation, { document, clean: at, seenAt: this.seenAt, version: observation.version + 1 });
    this.#listener.observed(engineId, observation);
  }

  async #run(): Promise<void> {
    for (let attempt = 0; !this.#stop.signal.aborted; attempt++) {
      const connection = new AbortController();
      const end = () => connection.abort();
      this.#stop.signal.addEventListener('abort', end, { once: true });
      let heard = false;
      try {
        this.facts = await engineFactsRead(this.engine, connection.signal);
        this.engine.resume();
        this.#listener.connected(this.facts);
        this.seenAt = new Date();
        await this.#follow(connection, () => {
          heard = true;
        });
      } catch (cause) {
        if (Date.now() - this.seenAt.getTime() > giveUpMs) this.engine.giveUp(cause);
        if (!this.#stop.signal.aborted) this.#listener.lost(cause);
      } finally {
        this.#following = false;
        connection.abort();
        this.#stop.signal.removeEventListener('abort', end);
      }
      if (heard) attempt = 0;
      await this.#pause(retryMs[Math.min(attempt, retryMs.length - 1)] ?? 1_000);
    }
  }

  async #follow(connection: AbortController, heard: () => void): Promise<void> {
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    const events = (async () => {
      const label = `${labels.installation}=${this.#installation}`;
      for await (const event of engineEvents(this.engine, label, this.#missedSince(), connection.signal, open)) this.#event(event);
      throw new EngineUnreachable(new Error('the event stream ended'));
    })();
    await Promise.race([opened, events]);
    // The list is taken while events already flow, so nothing falls between the two.
    await Promise.race([this.#list('gap'), events]);
    this.#following = true;
    heard();
    await Promise.race([events, this.#beat(connection.signal), this.#listNowAndThen(connection.signal)]);
  }

  async #listNowAndThen(signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.#pause(this.#listMs);
      signal.throwIfAborted();
      await this.#list('check');
    }
  }

  /** Reports everything the engine has, where that can be asked; a host that is away is listed when it is back. */
  async list(): Promise<void> {
    if (this.live) await this.#list('check').catch(() => {});
  }

  /** After a gap anything may have changed; for a check it is enough to look at what differs from what is known. */
  async #list(reason: 'gap' | 'check'): Promise<void> {
    const known = [...this.#observations.keys()];
    const found = await this.engine.json<ListedContainer[]>({
      method: 'GET',
      path: '/containers/json',
      query: { all: true, filters: JSON.stringify({ label: [labels.installation] }) },
      deadlineMs: 15_000,
    });
    const own = found.filter((item) => item.Labels?.[labels.installation] === this.#installation);
    const present = new Set(own.map((item) => item.Id));
    const changed = own
      .filter((item) => reason === 'gap' || listedDiffers(item, this.#observations.get(item.Id)?.document))
      .map((item) => item.Id);
    const queue = [...changed, ...known.filter((engineId) => !present.has(engineId))];
    for (const engineId of queue) this.dirty(engineId);
    const worker = async () => {
      for (let engineId = queue.pop(); engineId !== undefined; engineId = queue.pop()) await this.#ask(engineId, this.#observe(engineId));
    };
    await Promise.all(Array.from({ length: listConcurrency }, worker));
    for (const engineId of known) if (this.#observations.get(engineId)?.document === null) this.forget(engineId);
    this.#listener.listed(new Map(found.map((item) => [item.Id, item.Labels ?? {}])), reason === 'gap');
  }

  async #beat(signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.#pause(this.#beatMs);
      signal.throwIfAborted();
      const reply = await this.engine.stream({ method: 'GET', path: '/_ping', versioned: false, signal, deadlineMs: beatDeadlineMs });
      reply.body.resume();
      this.seenAt = new Date();
    }
  }

  /** What happened while nobody listened is asked for; what is told twice is known by its time. */
  #missedSince(): string | undefined {
    const last = this.#recent.at(-1);
    if (last) return nanoTimeSeconds(BigInt(last.timeNano));
    return this.#seenBefore === null ? undefined : String((this.#seenBefore.getTime() - clockSlackMs) / 1_000);
  }

  #event(event: EngineEvent): void {
    this.seenAt = new Date();
    this.#recent.push(event);
    if (this.#recent.length > recentEvents) this.#recent.shift();
    const engineId = event.Actor.ID;
    const observation = this.#observe(engineId);
    observation.dirty++;
    // Health probes come as execs, three events each: such a container is asked for when it is read, not three times a second.
    if (!event.Action.startsWith('exec_')) this.#ask(engineId, observation).catch(() => {});
    this.#listener.event(event);
  }

  #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#stop.signal.addEventListener('abort', resolve as () => void, { once: true });
    return promise.finally(() => {
      clearTimeout(timer);
      this.#stop.signal.removeEventListener('abort', resolve as () => void);
    });
  }
}
