import type { EventFaults } from './event-faults.ts';
import { type Filters, filterAny, filterLabels, filtersParse } from './filters.ts';
import type { Call, Reply, Route } from './http.ts';
import type { EngineState } from './state.ts';
import { type EngineClock, nanosParse } from './time.ts';

export interface EngineEvent {
  Type: 'container' | 'image' | 'network' | 'volume';
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
  nanos: bigint;
}

/** What a real engine keeps (moby daemon/events). */
const ringSize = 256;
const filterNames = [
  'config',
  'container',
  'daemon',
  'event',
  'image',
  'label',
  'network',
  'node',
  'plugin',
  'scope',
  'secret',
  'service',
  'type',
  'volume',
];

export class EventBus {
  readonly #clock: EngineClock;
  readonly #faults: EventFaults;
  readonly #subscribers = new Set<(event: EngineEvent) => void>();
  #ring: EngineEvent[] = [];

  constructor(clock: EngineClock, faults: EventFaults) {
    this.#clock = clock;
    this.#faults = faults;
  }

  emit(Type: EngineEvent['Type'], Action: string, ID: string, attributes: Record<string, string>): void {
    const Attributes = Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
    const event = { Type, Action, Actor: { ID, Attributes }, nanos: this.#clock.nanos() };
    this.#ring.push(event);
    if (this.#ring.length > ringSize) this.#ring.shift();
    this.#faults.pass(event, (passed) => {
      for (const subscriber of this.#subscribers) subscriber(passed);
    });
  }

  kept(since: bigint | null, until: bigint | null): EngineEvent[] {
    if (since === null && until === null) return [];
    return this.#ring.filter((event) => event.nanos >= (since ?? 0n) && (until === null || event.nanos <= until));
  }

  subscribe(subscriber: (event: EngineEvent) => void): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** A restarted engine has forgotten its events. */
  forget(): void {
    this.#ring = [];
  }

  get listeners(): number {
    return this.#subscribers.size;
  }
}

export const eventRoutes: Route[] = [{ method: 'GET', path: '/events', handle: eventsStream }];

function eventsStream(engine: EngineState, call: Call): Reply {
  const filters = filtersParse(call.query.get('filters'), filterNames);
  const since = timeOf(call.query.get('since'));
  const until = timeOf(call.query.get('until'));
  return {
    status: 200,
    contentType: 'application/json',
    stream(out) {
      const send = (event: EngineEvent) => {
        if (eventMatches(event, filters)) out.write(`${eventText(event)}\n`);
      };
      for (const event of engine.events.kept(since, until)) send(event);
      const left = until === null ? null : Number(until / 1_000_000n) - engine.milliseconds();
      if (left !== null && left <= 0) return void out.end();
      const leave = engine.events.subscribe(send);
      const timer = left === null ? undefined : setTimeout(() => out.end(), left);
      out.on('close', () => {
        clearTimeout(timer);
        leave();
      });
    },
  };
}

function timeOf(text: string | null): bigint | null {
  return text === null || text === '' ? null : nanosParse(text);
}

/** The document of API 1.22 to 1.41: the old `status`, `id` and `from` beside the new fields, for containers and images alone. */
function eventText(event: EngineEvent): string {
  const { ID, Attributes } = event.Actor;
  const old = {
    container: { status: event.Action, id: ID, from: Attributes.image },
    image: { status: event.Action, id: ID },
    network: {},
    volume: {},
  };
  const text = JSON.stringify({ ...old[event.Type], Type: event.Type, Action: event.Action, Actor: event.Actor, scope: 'local' });
  // The nanoseconds do not fit a JavaScript number, so they are written as digits.
  return `${text.slice(0, -1)},"time":${event.nanos / 1_000_000_000n},"timeNano":${event.nanos}}`;
}

/** As moby's daemon/events/filter.go: `container`, `network` and `volume` are prefixes of an actor's id or name, whatever its type. */
function eventMatches(event: EngineEvent, filters: Filters): boolean {
  const { ID, Attributes } = event.Actor;
  const image = event.Type === 'image' ? Attributes.name : Attributes.image;
  const actor = (key: string) => filterAny(filters, key, (prefix) => ID.startsWith(prefix) || Attributes.name?.startsWith(prefix) === true);
  return (
    filterAny(filters, 'type', (type) => event.Type === type) &&
    filterAny(filters, 'event', (action) => event.Action === action || event.Action.split(':')[0] === action) &&
    filterAny(filters, 'scope', (scope) => scope === 'local') &&
    ['container', 'network', 'volume'].every(actor) &&
    filterAny(filters, 'image', (name) => ID === name || image === name || image?.split(':')[0] === name) &&
    filterLabels(filters, Attributes)
  );
}
