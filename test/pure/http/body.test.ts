import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bodyBytes } from '../../../src/http/body.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
async function* trickle(bytes: number, everyMs: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < bytes; sent++) {
    await pause(everyMs);
    yield new Uint8Array([sent]);
  }
}

describe('a body that is read whole', () => {
  it('is joined from its pieces', async () => {
    const read = bodyBytes(trickle(3, 10), 3, 1_000);
    await vi.runAllTimersAsync();
    expect([...(await read)]).toEqual([0, 1, 2]);
  });

  it('has a deadline, however steadily its bytes trickle', async () => {
    const read = bodyBytes(trickle(100, 900), 100, 20_000);
    const refused = expect(read).rejects.toMatchObject({ code: 'malformed', message: expect.stringContaining('within 20 seconds') });
    await vi.advanceTimersByTimeAsync(20_000);
    await refused;
  });

  it('is refused at its first byte too many', async () => {
    const read = bodyBytes(trickle(100, 10), 5, 20_000);
    const refused = expect(read).rejects.toMatchObject({ code: 'too_large' });
    await vi.advanceTimersByTimeAsync(60);
    await refused;
  });

  it('leaves no timer behind', async () => {
    const read = bodyBytes(trickle(1, 10), 5, 20_000);
    await vi.advanceTimersByTimeAsync(10);
    await read;
    expect(vi.getTimerCount()).toBe(0);
  });
});
