/** Items of many writers for one reader. */
export interface Merge<T> {
  /** Resolves when there is room for the next one: a slow reader holds up its writers and fills no memory. */
  push(item: T): Promise<void>;
  end(): void;
  fail(error: unknown): void;
  /** Until `end`, or with the error of `fail`. */
  items(): AsyncGenerator<T>;
}

const roomFor = 64;

export function mergeMake<T>(): Merge<T> {
  const waiting: T[] = [];
  const writers: (() => void)[] = [];
  let wake: () => void = () => {};
  let over = false;
  let failure: { error: unknown } | null = null;

  const end = () => {
    over = true;
    for (const writer of writers.splice(0)) writer();
    wake();
  };
  return {
    async push(item) {
      if (over) return;
      waiting.push(item);
      wake();
      if (waiting.length < roomFor) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      writers.push(resolve);
      await promise;
    },
    end,
    fail(error) {
      failure ??= { error };
      end();
    },
    async *items() {
      for (;;) {
        const item = waiting.shift();
        if (item !== undefined) {
          if (waiting.length < roomFor) for (const writer of writers.splice(0)) writer();
          yield item;
          continue;
        }
        if (failure) throw failure.error;
        if (over) return;
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
      }
    },
  };
}
