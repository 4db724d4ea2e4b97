/** Ctrl-C or a supervisor's TERM. A second one ends the process at once. */
export function stopRequested(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.once(signal, () => process.exit(130));
      resolve();
    });
  }
  return promise;
}
