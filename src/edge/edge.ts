import { setTimeout as pause } from 'node:timers/promises';
import { databaseOpen } from '../db/client.ts';
import { type Listener as DatabaseListener, listenOpen } from '../db/listen.ts';
import { type SystemScope, systemScope } from '../db/scope.ts';
import { type EdgeRoute, edgeRoutes, publicationListened, publicationTargetDrained } from '../db/store/edge-route.ts';
import type { Log } from '../domain/log.ts';
import { type TableMirror, tableMirror } from '../observe/table-mirror.ts';
import type { Listener } from './listener.ts';
import { TcpListener } from './tcp-listener.ts';
import { UdpListener } from './udp-listener.ts';

/** A lost notice costs so much and no more; a port that could not be opened is tried again then. */
const reloadMs = 5_000;
const retryMs = 250;

export interface EdgeOptions {
  databaseUrl: string;
  /** The address of ports that have none of their own. */
  bind: string;
  log: Log;
}

interface Entry {
  route: EdgeRoute;
  listener: Listener;
  isOpen: boolean;
  /** Resolves when it is open, or could not be opened. */
  opened: Promise<void>;
}

/**
 * The published ports of an installation on one machine: a listener for each publication of the table, kept in line with it by notices
 * and by full reads. It needs the database to learn of changes only: while that is away it serves what it knows.
 */
export class Edge {
  /** When the table was last read, in milliseconds of Date.now(). */
  readAt = 0;
  readonly #options: EdgeOptions;
  readonly #client: ReturnType<typeof databaseOpen>;
  readonly #scope: SystemScope;
  readonly #routes: TableMirror<EdgeRoute>;
  readonly #entries = new Map<string, Entry>();
  /** Closed, with connections that go on. */
  readonly #closed = new Set<Listener>();
  #notices: DatabaseListener | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #blind = false;

  constructor(options: EdgeOptions) {
    this.#options = options;
    this.#client = databaseOpen(options.databaseUrl, { max: 2 });
    this.#scope = systemScope(this.#client.db);
    this.#routes = tableMirror<EdgeRoute>({
      key: (route) => route.id,
      living: () => true,
      readAll: () => edgeRoutes(this.#scope),
      readKeys: (ids) => edgeRoutes(this.#scope, ids),
      onChange: ([before], [after]) => this.#apply(before ?? after, after),
    });
  }

  /** Resolves when every port of the table is open, or could not be opened. Waits for the database when it is away. */
  async start(): Promise<void> {
    while (!(await this.#connect()) && !this.#stopped) await pause(retryMs);
    if (this.#stopped) return;
    await Promise.all([...this.#entries.values()].map(({ opened }) => opened));
    this.#timer = setInterval(() => void this.#reload(), reloadMs);
  }

  /** True while there is a port to serve or a connection to carry. */
  get inUse(): boolean {
    return this.#entries.size > 0 || this.passages > 0;
  }

  get passages(): number {
    let count = 0;
    for (const { listener } of this.#entries.values()) count += listener.passages;
    for (const listener of this.#closed) count += listener.passages;
    return count;
  }

  /** Takes no more connections, lets those that are under way end by themselves for at most `drainMs`, and ends. */
  async stop(drainMs: number): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    const end = Date.now() + drainMs;
    await Promise.all([...this.#entries.values()].map((entry) => this.#close(entry)));
    while (this.passages > 0 && Date.now() < end) await pause(50);
    for (const listener of this.#closed) listener.cut();
    await this.#notices?.close().catch(() => {});
    await this.#client.close().catch(() => {});
  }

  async #connect(): Promise<boolean> {
    try {
      this.#notices ??= await listenOpen(this.#options.databaseUrl, 'berth', {
        heard: (payload) => this.#heard(payload),
        listening: () => void this.#reload(),
        deaf: () => {},
      });
    } catch (error) {
      return this.#away(error);
    }
    return this.#reload();
  }

  #heard(payload: string): void {
    const [kind, table, id] = payload.split(':');
    if (kind === 'row' && table === 'publication' && id !== undefined) this.#routes.changed(id);
  }

  async #reload(): Promise<boolean> {
    try {
      await this.#routes.reload();
      this.readAt = Date.now();
      if (this.#blind) this.#options.log.info('the edge reads its ports again');
      this.#blind = false;
      return true;
    } catch (error) {
      return this.#away(error);
    }
  }

  #away(error: unknown): false {
    if (!this.#blind && !this.#stopped)
      this.#options.log.warn('the edge cannot read its ports and serves those it knows', { cause: String(error) });
    this.#blind = true;
    return false;
  }

  #apply(known: EdgeRoute | undefined, route: EdgeRoute | undefined): void {
    if (!known || this.#stopped) return;
    const entry = this.#entries.get(known.id);
    if (entry && (!route || placeOf(entry.route) !== placeOf(route))) void this.#close(entry);
    if (!route) return;
    const present = this.#entries.get(route.id) ?? this.#open(route);
    present.route = route;
    present.listener.update(route);
    if (present.isOpen) this.#report(route, 'open');
  }

  #open(route: EdgeRoute): Entry {
    const address = route.loopback ? '127.0.0.1' : route.edgeAddress === 'default' ? this.#options.bind : route.edgeAddress;
    const drained = (containerId: string) =>
      void publicationTargetDrained(this.#scope, route.id, containerId).catch((error) =>
        this.#options.log.warn('a drained target could not be reported', { cause: String(error) }),
      );
    const Kind = route.protocol === 'tcp' ? TcpListener : UdpListener;
    const entry: Entry = { route, listener: new Kind(route, address, drained), isOpen: false, opened: Promise.resolve() };
    this.#entries.set(route.id, entry);
    entry.opened = entry.listener.open().then(
      () => {
        entry.isOpen = true;
        this.#report(entry.route, 'open');
      },
      (error) => {
        this.#options.log.warn('a port could not be opened and will be tried again', {
          port: route.port,
          protocol: route.protocol,
          cause: String(error),
        });
        this.#report(entry.route, 'failed');
        if (this.#entries.get(route.id) === entry) void this.#close(entry);
      },
    );
    return entry;
  }

  /** Resolves when nothing new can come; what is under way goes on. */
  async #close({ route, listener, opened }: Entry): Promise<void> {
    this.#entries.delete(route.id);
    this.#closed.add(listener);
    await opened;
    listener.close();
    void this.#forget(listener);
  }

  async #forget(listener: Listener): Promise<void> {
    while (listener.passages > 0) await pause(1_000);
    this.#closed.delete(listener);
  }

  #report(route: EdgeRoute, state: 'open' | 'failed'): void {
    if (route.state === state) return;
    publicationListened(this.#scope, route.id, state).catch((error) =>
      this.#options.log.warn('the state of a port could not be reported', { cause: String(error) }),
    );
  }
}

function placeOf({ edgeAddress, loopback, protocol, port }: EdgeRoute): string {
  return `${edgeAddress} ${loopback} ${protocol} ${port}`;
}
