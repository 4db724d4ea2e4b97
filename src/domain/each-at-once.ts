/** Does something with each of many, `width` at a time, in their order. The first failure is thrown when what was begun is done. */
export async function eachAtOnce<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, worker));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
