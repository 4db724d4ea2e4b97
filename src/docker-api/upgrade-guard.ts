import type { Socket } from 'node:net';

/** Connections of one address that have not shown a credential yet. */
const strangersPerAddress = 128;

type Ends = Pick<Socket, 'remoteAddress' | 'remotePort'>;

/** Limits what can be had before a credential is known. */
export interface StrangerGuard {
  /**
   * Counts a new connection. Where an address has too many, its oldest stranger is dropped for it: whoever has a credential shows
   * it within a round trip, and whoever only holds connections must not keep those out.
   */
  admit(socket: Socket): void;
  /**
   * TLS lies on an admitted connection now, and is what gets dropped: to take the plain one away below it would leave TLS with writes under
   * way to something that is gone, which Node has not always survived.
   */
  secured(socket: Socket): void;
  /** The connection has shown a valid credential. */
  known(socket: Ends): void;
}

export function strangerGuard(): StrangerGuard {
  const strangers = new Map<string, Map<number, Socket>>();
  const leave = ({ address, port }: { address: string; port: number }) => {
    const own = strangers.get(address);
    if (own?.delete(port) && own.size === 0) strangers.delete(address);
  };
  return {
    admit(socket) {
      const ends = endsOf(socket);
      const own = strangers.get(ends.address) ?? new Map<number, Socket>();
      strangers.set(ends.address, own.set(ends.port, socket));
      socket.once('close', () => leave(ends));
      if (own.size > strangersPerAddress) own.values().next().value?.destroy();
    },
    secured(socket) {
      const { address, port } = endsOf(socket);
      const own = strangers.get(address);
      if (own?.has(port)) own.set(port, socket);
    },
    known: (socket) => leave(endsOf(socket)),
  };
}

/** The TLS connection and the plain one below it are two objects with the same ends. */
function endsOf({ remoteAddress = '', remotePort = 0 }: Ends): { address: string; port: number } {
  return { address: remoteAddress, port: remotePort };
}
