import { connect } from 'node:net';

/** Whether any of these places takes a TCP connection in time. A refusal is no answer: it comes from the machine, not from who should listen. */
export async function placesAnswer(places: readonly { address: string; port: number }[], deadlineMs: number): Promise<boolean> {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), deadlineMs);
  try {
    return await Promise.any(places.map((place) => connected(place, end.signal))).catch(() => false);
  } finally {
    clearTimeout(timer);
    end.abort();
  }
}

function connected({ address, port }: { address: string; port: number }, signal: AbortSignal): Promise<true> {
  const { promise, resolve, reject } = Promise.withResolvers<true>();
  const socket = connect({ host: address, port, signal });
  socket.once('connect', () => resolve(true));
  // Also of the connection that is not wanted any more.
  socket.on('error', reject);
  return promise;
}
