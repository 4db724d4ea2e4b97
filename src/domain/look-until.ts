const lookMs = 200;

/**
 * Looks again and again until what is seen is `done`, and gives what was seen last when it is not after so long. Of rows this is a poll on
 * purpose: a Worker hears no notices.
 */
export async function lookUntil<T>(waitMs: number, look: () => Promise<T>, done: (seen: T) => boolean): Promise<T> {
  for (const end = Date.now() + waitMs; ; ) {
    const seen = await look();
    const left = end - Date.now();
    if (done(seen) || left <= 0) return seen;
    await new Promise((resolve) => setTimeout(resolve, Math.min(lookMs, left)));
  }
}
