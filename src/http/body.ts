import { BerthError } from '../domain/errors.ts';

/** Of a request that says it has none. */
export const noBody: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};

/**
 * A whole body. Throws `too_large` as soon as there is more than `maxBytes`: what is too long to be read is refused, never skipped; and
 * `malformed` when its end is not there after `withinMs`, however its bytes trickle: who sends a document has all of it.
 */
export async function bodyBytes(body: AsyncIterable<Uint8Array>, maxBytes: number, withinMs: number): Promise<Uint8Array> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(bodyLate(withinMs)), withinMs);
  try {
    return await Promise.race([bodyWhole(body, maxBytes), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function bodyWhole(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) throw bodyTooLarge(maxBytes);
    chunks.push(chunk);
  }
  if (chunks.length === 1 && chunks[0]) return chunks[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

export function bodyTooLarge(maxBytes: number): BerthError {
  return new BerthError('too_large', `The body is larger than ${maxBytes / 1024 / 1024} MiB. Send a smaller one.`);
}

function bodyLate(withinMs: number): BerthError {
  return new BerthError('malformed', `The body did not end within ${withinMs / 1000} seconds. Send the whole of it at once.`);
}
