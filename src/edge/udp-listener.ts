import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { EdgeRoute } from '../db/store/edge-route.ts';
import type { Listener } from './listener.ts';
import { type Passage, type PoolTarget, TargetPool } from './target-pool.ts';

/** A client that neither sends nor gets anything for so long starts anew; what docker-proxy has too. */
const idleMs = 90_000;
const sweepMs = 10_000;
/** Of one port; the one that was silent longest makes room. */
const maxSessions = 4_096;
/** Datagrams that wait while a session is made. */
const maxWaiting = 64;

interface Session extends Passage {
  target: PoolTarget;
  upstream: Socket;
  usedAt: number;
  /** null: it is made, and datagrams pass at once. */
  waiting: Buffer[] | null;
}

/** Keeps each client of one port with one target, for as long as they talk. */
export class UdpListener implements Listener {
  readonly #address: string;
  readonly #pool: TargetPool;
  readonly #socket: Socket;
  readonly #sessions = new Map<string, Session>();
  #route: EdgeRoute;
  #sweep: NodeJS.Timeout | undefined;

  constructor(route: EdgeRoute, address: string, drained: (containerId: string) => void) {
    this.#route = route;
    this.#address = address;
    // A session that went on towards a target that is gone would be a hole for its client.
    this.#pool = new TargetPool({ goneMs: 0, drained });
    this.#socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', reusePort: true });
    this.#socket.on('message', (datagram, client) => this.#pass(datagram, client));
    this.update(route);
  }

  get passages(): number {
    return this.#sessions.size;
  }

  open(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#socket.once('error', reject);
    this.#socket.bind({ address: this.#address, port: this.#route.port }, () => {
      this.#socket.off('error', reject);
      this.#socket.on('error', () => {});
      this.#sweep = setInterval(() => this.#endIdle(), sweepMs);
      resolve();
    });
    return promise;
  }

  update(route: EdgeRoute): void {
    this.#route = route;
    this.#pool.update(route.targets);
  }

  /** Answers can only be sent from the port itself, so its sessions end with it. */
  close(): void {
    clearInterval(this.#sweep);
    this.cut();
    this.#socket.close();
  }

  cut(): void {
    for (const session of this.#sessions.values()) session.cut();
  }

  #pass(datagram: Buffer, client: { address: string; port: number }): void {
    const key = `${client.address} ${client.port}`;
    const session = this.#sessions.get(key) ?? this.#begin(key, client);
    if (!session) return;
    session.usedAt = Date.now();
    if (session.waiting === null) session.upstream.send(datagram);
    else if (session.waiting.length < maxWaiting) session.waiting.push(datagram);
  }

  #begin(key: string, client: { address: string; port: number }): Session | undefined {
    if (this.#sessions.size >= maxSessions) this.#endOldest();
    const passage: Passage = { cut: () => this.#end(key) };
    const target = this.#pool.enter(passage, new Set());
    if (!target) return undefined;
    const upstream = createSocket(isIPv6(target.address) ? 'udp6' : 'udp4');
    const session: Session = Object.assign(passage, { target, upstream, usedAt: Date.now(), waiting: [] });
    this.#sessions.set(key, session);
    upstream.on('message', (reply) => {
      session.usedAt = Date.now();
      this.#socket.send(reply, client.port, client.address);
    });
    // Nobody listens there at the moment: the next datagram tries another.
    upstream.on('error', () => {
      this.#pool.shun(target);
      session.cut();
    });
    upstream.connect(target.port, target.address, () => {
      for (const datagram of session.waiting ?? []) upstream.send(datagram);
      session.waiting = null;
    });
    return session;
  }

  #end(key: string): void {
    const session = this.#sessions.get(key);
    if (!session) return;
    this.#sessions.delete(key);
    session.upstream.close();
    this.#pool.leave(session.target, session);
  }

  #endIdle(): void {
    const oldest = Date.now() - idleMs;
    for (const session of this.#sessions.values()) if (session.usedAt < oldest) session.cut();
  }

  #endOldest(): void {
    let oldest: Session | undefined;
    for (const session of this.#sessions.values()) if (!oldest || session.usedAt < oldest.usedAt) oldest = session;
    oldest?.cut();
  }
}
