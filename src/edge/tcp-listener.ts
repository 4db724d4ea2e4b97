import { connect, createServer, type Server, type Socket } from 'node:net';
import type { EdgeRoute } from '../db/store/edge-route.ts';
import type { Listener } from './listener.ts';
import { proxyHeader } from './proxy-protocol.ts';
import { splice } from './splice.ts';
import { type Passage, type PoolTarget, TargetPool } from './target-pool.ts';

/** A host that is cut off answers nothing at all; one that is there answers within a round trip. */
const connectMs = 2_000;
const keepAliveMs = 60_000;
/** Of one port: a tenant's flood must leave file descriptors to the others. */
const maxConnections = 10_000;
const backlog = 4_096;
const goneMs = 30_000;

/** Spreads the connections of one port over its targets. */
export class TcpListener implements Listener {
  readonly #address: string;
  readonly #pool: TargetPool;
  readonly #server: Server;
  #route: EdgeRoute;

  constructor(route: EdgeRoute, address: string, drained: (containerId: string) => void) {
    this.#route = route;
    this.#address = address;
    this.#pool = new TargetPool({ goneMs, drained });
    this.#server = createServer({
      allowHalfOpen: true,
      pauseOnConnect: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
    });
    this.#server.maxConnections = maxConnections;
    this.#server.on('connection', (client) => void this.#pass(client));
    this.update(route);
  }

  get passages(): number {
    return this.#pool.passages;
  }

  open(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen({ host: this.#address, port: this.#route.port, backlog, reusePort: true }, () => {
      this.#server.off('error', reject);
      this.#server.on('error', () => {});
      resolve();
    });
    return promise;
  }

  update(route: EdgeRoute): void {
    this.#route = route;
    this.#pool.update(route.targets);
  }

  close(): void {
    this.#server.close();
    this.#pool.update([]);
  }

  cut(): void {
    this.#pool.cut();
  }

  async #pass(client: Socket): Promise<void> {
    // Until both are joined nobody listens to the client.
    client.on('error', () => {});
    let upstream: Socket | undefined;
    const passage: Passage = {
      cut() {
        client.resetAndDestroy();
        upstream?.resetAndDestroy();
      },
    };
    const tried = new Set<PoolTarget>();
    for (;;) {
      const target = this.#pool.enter(passage, tried);
      if (!target || client.destroyed) {
        if (target) this.#pool.leave(target, passage);
        client.resetAndDestroy();
        return;
      }
      try {
        upstream = await reached(target, client);
        if (upstream) {
          if (this.#route.proxyProtocol) upstream.write(proxyHeader(endOf(client, 'remote'), endOf(client, 'local')));
          await splice(client, upstream);
          return;
        }
        this.#pool.shun(target);
        tried.add(target);
      } finally {
        this.#pool.leave(target, passage);
      }
    }
  }
}

/** A connection to the target; undefined when it refuses, is silent, or the client has gone meanwhile. */
function reached({ address, port }: PoolTarget, client: Socket): Promise<Socket | undefined> {
  const { promise, resolve } = Promise.withResolvers<Socket | undefined>();
  const socket = connect({ host: address, port, allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs });
  const fail = () => {
    socket.destroy();
    settle(undefined);
  };
  const timer = setTimeout(fail, connectMs);
  const settle = (result: Socket | undefined) => {
    clearTimeout(timer);
    client.off('close', fail);
    resolve(result);
  };
  client.once('close', fail);
  socket.once('error', fail);
  socket.once('connect', () => {
    socket.off('error', fail);
    settle(socket);
  });
  return promise;
}

function endOf(socket: Socket, end: 'remote' | 'local'): { address: string; port: number } {
  return end === 'remote'
    ? { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }
    : { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
}
