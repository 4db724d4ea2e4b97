import postgres from 'postgres';
import { type RunningServer, serverStart } from '../../src/runtime/server.ts';
import { type Berth, until } from '../harness.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** One more server on the same database, as another machine would run it. Ready when it follows every host. */
export async function secondServer(berth: Berth, options: { hostsReady?: boolean } = {}): Promise<RunningServer> {
  const server = await serverStart({
    ...{ databaseUrl: berth.databaseUrl, key: berth.key, bind: '127.0.0.1', names: ['localhost', '127.0.0.1'] },
    blobs: berth.blobs,
    ...{ enginePort: 0, httpPort: 0, placement: 'spread', registries: [], log: quiet },
  });
  if (options.hostsReady !== false) await until(() => server.app.fleet.hosts().every((host) => host.watch.live));
  return server;
}

/** Breaks every connection on which a process of this database listens. Resolves with how many there were. */
export async function listenersCut(databaseUrl: string): Promise<number> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    const cut =
      await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'berth-listen'`;
    return cut.length;
  } finally {
    await sql.end();
  }
}
