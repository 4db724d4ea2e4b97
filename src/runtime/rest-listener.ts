import { getRequestListener } from '@hono/node-server';
import type { OpenedConnections } from '../docker-api/upgrade-opened.ts';
import type { restApp } from '../rest-api/app.ts';

/** The REST API for a server of Node, which knows where a caller is. `opened`: connections that are ended with their credential. */
export function restListener(rest: ReturnType<typeof restApp>, opened?: OpenedConnections): ReturnType<typeof getRequestListener> {
  return getRequestListener((request, { incoming: { socket } }) =>
    rest.fetch(request, { peerAddress: socket.remoteAddress, holdOpen: (credentialId) => opened?.remember(credentialId, socket) }),
  );
}
