import { edgeSecret } from '../edge/identity.ts';
import { seatStop } from '../edge/seat.ts';
import { configRead } from '../runtime/config.ts';
import { engineStop } from '../runtime/local/engine.ts';
import { databaseUrlFind, postgresStop } from '../runtime/local/postgres.ts';

/**
 * `berth stop`: ends what `berth serve` left running: the edge, the engine it started for itself, and the PostgreSQL of a server that
 * was killed.
 */
export async function stop(): Promise<void> {
  const { dataDir, databaseUrl } = configRead(process.env);
  const url = databaseUrl ?? (await databaseUrlFind(dataDir));
  const edge = url !== undefined && (await seatStop(edgeSecret(url)));
  const engine = await engineStop({ dataDir, log: console.log });
  const database = await postgresStop({ dataDir });
  if (edge) console.log('The edge has ended.');
  console.log(engine ? 'The private engine has ended.' : 'There is no private engine to end.');
  if (database) console.log('PostgreSQL has ended.');
}
