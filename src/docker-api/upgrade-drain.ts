import { setImmediate } from 'node:timers/promises';

/** What a server that stops waits for: calls that are not answered yet. A stream that has begun is not among them, since it may never end. */
export interface CallsUnderWay {
  track<T>(call: Promise<T>): Promise<T>;
  /** Resolves when none is left, also none that came meanwhile, or when the time is over. */
  ended(withinMs: number): Promise<void>;
}

export function callsUnderWay(): CallsUnderWay {
  const underWay = new Set<Promise<unknown>>();
  return {
    track(call) {
      underWay.add(call);
      const over = () => underWay.delete(call);
      call.then(over, over);
      return call;
    },
    async ended(withinMs) {
      let late = false;
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(() => {
        late = true;
        resolve();
      }, withinMs);
      while (underWay.size > 0 && !late) {
        await Promise.race([Promise.allSettled(underWay), promise]);
        // What follows an answer is the sending of it.
        await setImmediate();
      }
      clearTimeout(timer);
    },
  };
}
