import { BerthError } from '../domain/errors.ts';
import { Edge } from '../edge/edge.ts';
import { edgeIdentity, edgeSecret } from '../edge/identity.ts';
import { queueMigrationEnable } from '../edge/queue-migration.ts';
import { seatTake } from '../edge/seat.ts';
import { logJson } from '../http/log.ts';
import { configRead } from '../runtime/config.ts';
import { databaseUrlFind } from '../runtime/local/postgres.ts';
import { berthVersion } from '../runtime/package.ts';
import { stopRequested } from './stop-requested.ts';

/** A connection that was there before a new edge took over may go on for so long. */
const successionDrainMs = 3_600_000;
const stopDrainMs = 10_000;
/** An edge that serves nothing and was without its database for so long has been forgotten. */
const forgottenMs = 60_000;
const forgottenLookMs = 5_000;

/**
 * `berth edge`: the published ports of an installation on this machine, as a process of its own, so that a restart of the server cuts no
 * connection. One that runs already is succeeded: it gives way once this one listens, and ends with its last connection.
 */
export async function edge(): Promise<void> {
  const config = configRead(process.env);
  const databaseUrl = config.databaseUrl ?? (await databaseUrlFind(config.dataDir));
  if (databaseUrl === undefined) {
    throw new BerthError('malformed', 'There is no database that says which ports to serve. Start berth serve first, or set DATABASE_URL.');
  }
  const log = logJson((line) => process.stderr.write(`${line}\n`));
  if (!(await queueMigrationEnable()))
    log.warn('an edge that takes over will cost a few connections: set the sysctl net.ipv4.tcp_migrate_req to 1');
  const serving = new Edge({ databaseUrl, bind: config.bind, log });
  const started = serving.start();
  const { promise: asked, resolve: ask } = Promise.withResolvers<'succeed' | 'stop'>();
  const seat = await seatTake({
    secret: edgeSecret(databaseUrl),
    identity: edgeIdentity(berthVersion, config.bind),
    serving: started,
    asked: ask,
  });
  void started.then(() => log.info('the edge serves', { process: process.pid }));
  const timer = setInterval(() => {
    if (!serving.inUse && Date.now() - serving.readAt > forgottenMs) ask('stop');
  }, forgottenLookMs);
  const why = await Promise.race([asked, stopRequested().then(() => 'stop' as const)]);
  clearInterval(timer);
  log.info(why === 'succeed' ? 'a new edge took over; this one ends with its last connection' : 'the edge ends', {
    connections: serving.passages,
  });
  await seat.leave();
  await serving.stop(why === 'succeed' ? successionDrainMs : stopDrainMs);
}
