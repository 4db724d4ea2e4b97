import { inTurnMake } from '../domain/in-turn.ts';

/** One table in memory, kept fresh by being told which keys changed. Several rows may share a key. */
export interface TableMirror<Row> {
  get(key: string): Row[];
  all(): Iterable<Row>;
  /** A row this process has just written: seen at once by its own callers, and read again, since others may have changed it since. */
  apply(row: Row): void;
  /** A key changed somewhere: its rows are read again. */
  changed(key: string): void;
  /** Reads everything again. */
  reload(): Promise<void>;
  /** Changes may have gone by untold: everything is read again, and whoever reads waits for it. */
  missed(): void;
  /** Resolves when every change told so far is in. */
  settled(): Promise<void>;
  /** It is in already: there is nothing to wait for. */
  readonly quiet: boolean;
}

export interface TableSource<Row> {
  key(row: Row): string;
  /** False: a row of this state is not kept. */
  living(row: Row): boolean;
  readAll(): Promise<Row[]>;
  readKeys(keys: string[]): Promise<Row[]>;
  /** Rows of one key that stand beside each other; one when absent. */
  identity?(row: Row): string;
  /** Told of each change, for indexes. */
  onChange?(before: Row[], after: Row[]): void;
}

export function tableMirror<Row>(source: TableSource<Row>): TableMirror<Row> {
  const rows = new Map<string, Row[]>();
  const appliedAt = new Map<string, number>();
  const identity = source.identity ?? source.key;
  let clock = 0;
  let waiting = new Set<string>();
  let running: Promise<void> | null = null;
  let reloading: Promise<void> | null = null;
  let recovering: Promise<void> | null = null;
  let behind = false;

  /** One read after another: an answer never overwrites a younger one. */
  const inTurn = inTurnMake();

  const put = (key: string, next: Row[]) => {
    const before = rows.get(key) ?? [];
    const after = next.filter(source.living);
    if (after.length > 0) rows.set(key, after);
    else rows.delete(key);
    source.onChange?.(before, after);
  };

  const group = (found: Row[]) => Map.groupBy(found, source.key);

  async function drain(): Promise<void> {
    try {
      while (waiting.size > 0) {
        const keys = [...waiting];
        waiting = new Set();
        await inTurn(() => keysRead(keys));
      }
    } catch {
      // Which keys were missed is forgotten: whoever reads next reads everything.
      behind = true;
    } finally {
      // Not a turn later: a key that is told in between would wait for the next one.
      running = null;
    }
  }

  async function keysRead(keys: string[]): Promise<void> {
    const asked = ++clock;
    const found = group(await source.readKeys(keys));
    for (const key of keys) {
      // This process wrote after the question, and has asked again.
      if ((appliedAt.get(key) ?? 0) > asked) continue;
      appliedAt.delete(key);
      put(key, found.get(key) ?? []);
    }
  }

  async function readEverything(): Promise<void> {
    // Whoever asks from here on may know of changes that this read misses.
    reloading = null;
    behind = false;
    const asked = ++clock;
    const found = group(await source.readAll());
    for (const key of new Set([...rows.keys(), ...found.keys()])) {
      if ((appliedAt.get(key) ?? 0) <= asked) put(key, found.get(key) ?? []);
    }
  }

  const mirror: TableMirror<Row> = {
    get: (key) => rows.get(key) ?? [],
    *all() {
      for (const same of rows.values()) yield* same;
    },
    apply(row) {
      const key = source.key(row);
      appliedAt.set(key, ++clock);
      put(key, [...(rows.get(key) ?? []).filter((other) => identity(other) !== identity(row)), row]);
      // A later write of another may have been told and read already, before the database's answer to ours came in.
      mirror.changed(key);
    },
    changed(key) {
      waiting.add(key);
      running ??= drain();
    },
    async reload() {
      reloading ??= inTurn(readEverything);
      await reloading.catch((error) => {
        behind = true;
        throw error;
      });
    },
    missed() {
      // A failure is told to whoever reads next.
      const recovery = mirror
        .reload()
        .catch(() => {})
        .finally(() => {
          if (recovering === recovery) recovering = null;
        });
      recovering = recovery;
    },
    get quiet() {
      return !running && !recovering && !behind;
    },
    settled: async () => {
      if (running) await running;
      if (recovering) await recovering;
      if (behind) await mirror.reload();
    },
  };
  return mirror;
}
