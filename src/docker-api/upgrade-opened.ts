import type { Duplex } from 'node:stream';

/** The connections that are open, by the credential that was last shown on each: what a revocation ends. */
export interface OpenedConnections {
  remember(credentialId: string, socket: Duplex): void;
  /** Credentials that hold at least one connection open. */
  credentials(): string[];
  end(credentialId: string): void;
  endAll(): void;
}

export function openedConnections(): OpenedConnections {
  const opened = new Map<string, Set<Duplex>>();
  const end = (credentialId: string) => {
    for (const socket of opened.get(credentialId) ?? []) socket.destroy();
  };
  return {
    remember(credentialId, socket) {
      const sockets = opened.get(credentialId) ?? new Set();
      if (sockets.has(socket) || socket.destroyed) return;
      opened.set(credentialId, sockets.add(socket));
      socket.once('close', () => {
        sockets.delete(socket);
        if (sockets.size === 0) opened.delete(credentialId);
      });
    },
    credentials: () => [...opened.keys()],
    end,
    endAll() {
      for (const credentialId of opened.keys()) end(credentialId);
    },
  };
}
