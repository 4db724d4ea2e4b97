import { z } from '@hono/zod-openapi';
import { eventsFollow, eventsFrom, eventsPage } from '../app/event-read.ts';
import type { EventRow } from '../db/store/event.ts';
import { BerthError } from '../domain/errors.ts';
import { eventTypes } from '../domain/event.ts';
import { enginesRequire } from './engines-require.ts';
import { eventStreamReply, eventStreamSend, LastEventId, type SentEvent } from './event-stream.ts';
import { Time } from './fields.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';
import { PageQuery, pageOf, pageRead } from './page.ts';

const Event = z
  .object({
    id: z.string().openapi({ description: 'A number; what happened later has a higher one.' }),
    at: Time,
    type: z.enum(eventTypes),
    action: z.string().openapi({ example: 'die' }),
    actor: z.object({ id: z.string(), name: z.string() }),
    deployment: z.string().nullable().openapi({ description: 'Whose replica it is, or which one it is.' }),
    attributes: z.record(z.string(), z.string()),
    synthesised: z.boolean().openapi({ description: 'Concluded from what was found, told by no engine.' }),
  })
  .openapi('Event');

const words = z.string().max(200).optional();

export const eventListOperation = operation({
  caller: 'own',
  scope: 'read',
  errors: ['gone', 'not_served'],
  route: {
    method: 'get',
    path: '/v1/events',
    operationId: 'eventList',
    tags: ['Events'],
    summary: 'Read or follow what happens to your containers, images, networks, volumes and deployments',
    description:
      'With `Accept: text/event-stream` events are sent as they happen, after `Last-Event-ID` or from now on; each has the id that it goes on from. Else one page, the oldest first. Events are kept for 7 days: 410 when those after an id are not kept any more.',
    request: {
      headers: LastEventId,
      query: PageQuery.extend({
        type: words.openapi({ example: 'container' }),
        action: words.openapi({ example: 'start,die', description: 'Several between commas.' }),
        container: words.openapi({ description: 'An id or a name.' }),
        deployment: words.openapi({ description: 'Its name: its own events and those of its replicas.' }),
      }),
    },
    responses: {
      200: { ...eventStreamReply, content: { ...eventStreamReply.content, 'application/json': { schema: pageOf(Event) } } },
    },
  },
  async handle(c) {
    const { type, action, container = null, deployment = null, ...page } = c.req.valid('query');
    const filter = { types: type?.split(',') ?? null, actions: action?.split(',') ?? null, container, deployment };
    const scope = ownScope(c);
    if (!c.req.header('accept')?.includes('text/event-stream')) {
      const read = async (after: string | null, limit: number) => {
        if (after !== null) await eventsFrom(scope, Number(after));
        return (await eventsPage(scope, Number(after ?? 0), filter, limit)).map((row) => ({ ...row, id: String(row.seq) }));
      };
      return c.json(await pageRead('events', page, read, eventView, /^\d{1,15}$/), 200);
    }
    const { eventWait } = enginesRequire(c.var.deps);
    const from = await eventsFrom(scope, idRead(c.req.valid('header')['last-event-id']));
    return eventStreamSend(c, (signal) => sent(eventsFollow(scope, from, filter, eventWait, signal)));
  },
});

function idRead(header: string | undefined): number | null {
  if (header === undefined || header === '') return null;
  if (/^\d{1,15}$/.test(header)) return Number(header);
  throw new BerthError('malformed', 'Last-Event-ID: this is no id of an event. Send one as it came, or leave it out.');
}

async function* sent(rows: AsyncIterable<EventRow>): AsyncGenerator<SentEvent> {
  for await (const row of rows) yield { id: String(row.seq), type: null, data: eventView(row) };
}

function eventView(row: EventRow): z.infer<typeof Event> {
  return {
    ...{ id: String(row.seq), at: new Date(Number(row.timeNano / 1_000_000n)).toISOString(), type: row.type, action: row.action },
    ...{ actor: { id: row.actorId, name: row.actorName }, deployment: row.deployment },
    ...{ attributes: row.attributes, synthesised: row.synthesised },
  };
}
