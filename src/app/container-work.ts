import type { App } from './context.ts';

/**
 * Runs what changes a container from one sure state to another. Its row names this process meanwhile; work whose process is gone, or
 * that this process no longer has under way although the row says so, is finished by whoever finds it: see container-intent.ts.
 */
export async function containerWork<T>(app: App, id: string, work: () => Promise<T>): Promise<T> {
  app.underWay.add(id);
  try {
    return await work();
  } finally {
    app.underWay.delete(id);
  }
}
