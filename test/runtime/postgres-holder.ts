/** A process that holds the embedded PostgreSQL of the folder it is given, until it is told to stop or is killed. */
import { postgresStart } from '../../src/runtime/local/postgres.ts';

const server = await postgresStart({ dataDir: process.argv[2] ?? '', log: () => undefined });
process.send?.(server.url);
process.once('message', async () => {
  await server.stop();
  process.disconnect();
});
