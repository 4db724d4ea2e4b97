import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { callerOf } from './caller.ts';
import type { RestEnv } from './rest-env.ts';

/** One event as a browser's EventSource reads it. Source: WHATWG HTML, server-sent events. */
export interface SentEvent {
  /** What Last-Event-ID says when the reader comes back; null: this one moves it no further. */
  id: string | null;
  /** null: `message`. */
  type: string | null;
  data: object;
}

/** Without a word for longer, proxies in between end a connection. */
const heartbeatMs = 15_000;

export const LastEventId = z.object({
  'last-event-id': z
    .string()
    .max(12_000)
    .optional()
    .openapi({ description: 'The id of the last event that was read: the stream goes on after it.' }),
});

export const eventStreamReply = {
  description: 'Server-sent events, with a comment every 15 seconds.',
  content: { 'text/event-stream': { schema: z.string() } },
};

/** Sends events until there are none, the reader goes, or its credential ends: then the signal fires. */
export function eventStreamSend(c: Context<RestEnv>, make: (signal: AbortSignal) => AsyncIterator<SentEvent>) {
  c.env.holdOpen?.(callerOf(c).credentialId);
  const encoder = new TextEncoder();
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  const gone = new AbortController();
  const events = make(gone.signal);
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      // The headers go at once, not with the first event.
      controller.enqueue(encoder.encode(': open\n\n'));
      heartbeat = setInterval(() => controller.enqueue(encoder.encode(': still here\n\n')), heartbeatMs);
    },
    async pull(controller) {
      const next = await events.next().catch((error) => {
        clearInterval(heartbeat);
        throw error;
      });
      if (gone.signal.aborted) return;
      if (!next.done) {
        controller.enqueue(encoder.encode(eventText(next.value)));
        return;
      }
      clearInterval(heartbeat);
      controller.close();
    },
    cancel() {
      clearInterval(heartbeat);
      gone.abort();
    },
  });
  return c.body(stream, 200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
}

function eventText({ id, type, data }: SentEvent): string {
  const lines = [id === null ? '' : `id: ${id}\n`, type === null ? '' : `event: ${type}\n`, `data: ${JSON.stringify(data)}\n\n`];
  return lines.join('');
}
