import type { Socket } from 'node:net';

/**
 * Joins two connections: what one side sends the other gets, no faster than it reads. A side that ends its sending may still receive.
 * A reset stays a reset: whoever saw only an end would take half a reply for a whole one. Both need `allowHalfOpen`.
 */
export function splice(a: Socket, b: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let open = 2;
  for (const [side, other] of [
    [a, b],
    [b, a],
  ] as const) {
    side.on('error', () => other.resetAndDestroy());
    side.once('close', () => {
      other.destroySoon();
      open -= 1;
      if (open === 0) resolve();
    });
    side.pipe(other);
  }
  return promise;
}
