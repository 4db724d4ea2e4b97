import { httpGet } from './stage.ts';

export interface Load {
  /** Resolves once this many more requests were answered. */
  answered(more: number): Promise<void>;
  /** Ends it: how many requests there were, and what went wrong with those that failed. */
  end(): Promise<{ requests: number; failures: string[] }>;
}

/** Requests without a pause, each on a connection of its own, until it is ended. */
export function loadBegin(port: number, expected: string, callers = 4): Load {
  const failures: string[] = [];
  let requests = 0;
  let ended = false;
  const call = async () => {
    while (!ended) {
      const answer = await httpGet(port).catch((error) => `${error}`);
      requests += 1;
      if (answer !== expected) failures.push(answer);
    }
  };
  const running = Array.from({ length: callers }, call);
  return {
    async answered(more) {
      const goal = requests + more;
      while (requests < goal) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    async end() {
      ended = true;
      await Promise.all(running);
      return { requests, failures };
    },
  };
}
