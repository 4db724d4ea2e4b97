import { z } from '@hono/zod-openapi';
import type { LogEvent } from '../app/deployment-logs.ts';
import { deploymentFind } from '../app/deployment-show.ts';
import { logCursorRead } from '../app/log-cursor.ts';
import { DeploymentParams } from './deployment-schema.ts';
import { enginesRequire } from './engines-require.ts';
import { eventStreamReply, eventStreamSend, LastEventId, type SentEvent } from './event-stream.ts';
import { Time } from './fields.ts';
import { operation } from './operation.ts';
import { ownScope } from './own-scope.ts';

export const deploymentLogsOperation = operation({
  caller: 'own',
  scope: 'read',
  errors: ['not_served'],
  route: {
    method: 'get',
    path: '/v1/deployments/{deploymentId}/logs',
    operationId: 'deploymentLogs',
    tags: ['Deployments'],
    summary: 'Read or follow the logs of all replicas',
    description:
      'In the order in which lines come: each event is `{"replica":"web.1.4f2a90c1","stream":"stdout","time":"…","line":"…"}`. Replicas that come join, those that go leave. An event of the type `notice` says whose lines are left out, and why. A line of more than 16 KiB comes in parts.',
    request: {
      params: DeploymentParams,
      headers: LastEventId,
      query: z.strictObject({
        follow: z.enum(['true', 'false']).optional().openapi({ description: 'Goes on until the reader ends it.' }),
        tail: z
          .string()
          .regex(/^\d{1,6}$/, 'must be a whole number, of lines')
          .transform(Number)
          .optional()
          .openapi({ type: 'integer', description: 'So many lines of each replica that is there. Absent: all.' }),
        since: Time.optional(),
      }),
    },
    responses: { 200: eventStreamReply },
  },
  async handle(c) {
    const { follow, tail, since } = c.req.valid('query');
    const lastId = c.req.valid('header')['last-event-id'];
    const asked = {
      follow: follow === 'true',
      tail: tail ?? null,
      since: since === undefined ? null : new Date(since),
      cursor: lastId ? logCursorRead(lastId) : null,
    };
    const scope = ownScope(c);
    const row = await deploymentFind(scope, c.req.valid('param').deploymentId);
    const engines = enginesRequire(c.var.deps);
    return eventStreamSend(c, (signal) => sent(engines.deploymentLogs(scope, row, asked, signal)));
  },
});

async function* sent(events: AsyncIterable<LogEvent>): AsyncGenerator<SentEvent> {
  for await (const event of events) {
    if (event.kind === 'line') yield { id: event.cursor, type: null, data: { replica: event.replica, ...event.line } };
    else yield { id: null, type: 'notice', data: { replica: event.replica, message: event.message } };
  }
}
