import type { DatabaseClient } from './client.ts';
import { listenOpen } from './listen.ts';

const channel = 'berth';
const beatMs = 300;
/** Without hearing our own beat for this long we must assume that we hear nothing, though the connection seems to stand: a revocation has to work within a second. */
const deafMs = 900;
const barrierMs = 50;
/** A peer that nobody has heard of, and that never answers. */
const someone = '';

/** Between the processes of one installation, over LISTEN and NOTIFY: which rows changed, which containers are to be looked at anew. */
export interface Bus {
  /** True while this process hears what the others say. */
  hears(): boolean;
  /** `row:<table>` calls with the key of each changed row, `dirty` with container ids, `resync` after anything may have been missed. */
  on(topic: string, handler: (key: string) => void): void;
  /**
   * Resolves when one of the keys is told of, or after so long: a notice can be lost. Asked for before what it is about is read, or a
   * change between the two would be missed.
   */
  told(topic: string, keys: readonly string[], withinMs: number): Promise<void>;
  publish(topic: string, key: string): void;
  /** Resolves when every live peer has heard all that was published before, or after 50 ms: always then while it is not known who lives. */
  barrier(): Promise<void>;
  close(): Promise<void>;
}

export async function busOpen({ url, sql }: Pick<DatabaseClient, 'url' | 'sql'>, processId: string): Promise<Bus> {
  const handlers = new Map<string, ((key: string) => void)[]>();
  const peers = new Map<string, number>();
  const barriers = new Map<string, { waiting: Set<string>; done: () => void }>();
  let heardAt = Date.now();
  let listeningAt = heardAt;
  let connected = false;
  let before = false;
  let barrierCount = 0;

  const waits = new Set<{ topic: string; keys: readonly string[]; wake: () => void }>();

  const emit = (topic: string, key: string) => {
    for (const handler of handlers.get(topic) ?? []) handler(key);
    for (const wait of waits) if (topic === 'resync' || (wait.topic === topic && wait.keys.includes(key))) wait.wake();
  };
  const send = (payload: string) => {
    // A lost notice is noticed by the beat that does not come back.
    sql.notify(channel, payload).catch(() => {});
  };
  const receive = (payload: string) => {
    const [kind = '', a = '', b = ''] = payload.split(':');
    if (kind === 'row') emit(`row:${a}`, b);
    else if (kind === 'beat') {
      if (a === processId) heardAt = Date.now();
      else peers.set(a, Date.now());
    } else if (kind === 'barrier') {
      if (a !== processId) send(`ack:${b}:${processId}`);
    } else if (kind === 'ack') {
      const barrier = barriers.get(a);
      barrier?.waiting.delete(b);
      if (barrier?.waiting.size === 0) barrier.done();
    } else if (kind === 'gone') peers.delete(a);
    else emit(kind, a);
  };

  const listener = await listenOpen(url, channel, {
    heard: receive,
    listening() {
      connected = true;
      heardAt = listeningAt = Date.now();
      if (before) emit('resync', '');
      before = true;
    },
    deaf() {
      connected = false;
    },
  });
  const beat = () => send(`beat:${processId}`);
  beat();
  const timer = setInterval(beat, beatMs);

  return {
    hears: () => connected && Date.now() - heardAt < deafMs,
    on(topic, handler) {
      handlers.set(topic, [...(handlers.get(topic) ?? []), handler]);
    },
    told(topic, keys, withinMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const wait = { topic, keys, wake: resolve };
      waits.add(wait);
      const timeout = setTimeout(resolve, withinMs);
      return promise.finally(() => {
        clearTimeout(timeout);
        waits.delete(wait);
      });
    },
    publish: (topic, key) => send(`${topic}:${key}`),
    barrier() {
      const now = Date.now();
      const waiting = new Set([...peers].filter(([, at]) => now - at < deafMs).map(([id]) => id));
      // Who did not listen for so long has missed the beats of peers that live.
      if (!connected || now - listeningAt < deafMs) waiting.add(someone);
      if (waiting.size === 0) return Promise.resolve();
      const id = `${processId}/${++barrierCount}`;
      const { promise, resolve } = Promise.withResolvers<void>();
      const timeout = setTimeout(resolve, barrierMs);
      barriers.set(id, { waiting, done: resolve });
      send(`barrier:${processId}:${id}`);
      return promise.finally(() => {
        clearTimeout(timeout);
        barriers.delete(id);
      });
    },
    async close() {
      clearInterval(timer);
      for (const { wake } of waits) wake();
      await sql.notify(channel, `gone:${processId}`).catch(() => {});
      await listener.close();
    },
  };
}
