import { join, relative } from 'node:path';
import { edgeIdentity, edgeSecret } from '../edge/identity.ts';
import { edgeKeep } from '../edge/keep.ts';
import { logJson } from '../http/log.ts';
import { blobsOpen } from '../runtime/blobs.ts';
import { configRead } from '../runtime/config.ts';
import { defaultTenantEnsure, hostsAdopt } from '../runtime/first-start.ts';
import { keyOpen } from '../runtime/key.ts';
import { engineFind } from '../runtime/local/engine.ts';
import { postgresStart } from '../runtime/local/postgres.ts';
import { berthVersion } from '../runtime/package.ts';
import { serverStart } from '../runtime/server.ts';
import { edgeProcessStart } from './edge-start.ts';
import { logLines } from './log-lines.ts';
import { stopRequested } from './stop-requested.ts';

/** `berth serve`: everything one machine needs: PostgreSQL unless DATABASE_URL names one, an engine, the faces, and the edge as a process that outlives it. */
export async function serve(): Promise<void> {
  const config = configRead(process.env);
  const say = (line: string) => console.log(line);
  // Logs go to stderr, so that what a person reads on stdout stays short.
  const log = logJson(logLines());
  const stopping = stopRequested();

  const database = config.databaseUrl === undefined ? await postgresStart({ dataDir: config.dataDir, log: say }) : undefined;
  try {
    const databaseUrl = config.databaseUrl ?? database?.url ?? '';
    const key = await keyOpen(config, databaseUrl);
    const blobs = await blobsOpen(config.blobs, config.dataDir);
    const server = await serverStart({ ...config, spoolFolder: join(config.dataDir, 'spool'), key, blobs, log, databaseUrl });
    const edgeLetGo = edgeKeep({
      secret: edgeSecret(databaseUrl),
      identity: edgeIdentity(berthVersion, config.bind),
      start: () => edgeProcessStart(config.dataDir, { DATABASE_URL: databaseUrl, BERTH_DATA_DIR: config.dataDir }),
      log,
    });
    try {
      const { hosts, note } = await engineFind({ dataDir: config.dataDir, env: process.env, log: say });
      if (note) say(note);
      await hostsAdopt(server, key, hosts);
      await hostsConnect(server.app.fleet, hosts.length);
      const envFile = await defaultTenantEnsure(server, config);
      const shown = relative(process.cwd(), envFile);
      say('ready');
      say('Try:');
      say(`  . ${shown.startsWith('..') ? envFile : shown}`);
      say('  docker run --rm busybox echo hello');
      say('  docker ps --all');
      await stopping;
    } finally {
      edgeLetGo();
      await server.stop();
    }
  } finally {
    await database?.stop();
  }
}

const connectMs = 5_000;

/** So that the first command after `ready` finds a host; one that is away does not hold up the start. */
async function hostsConnect(fleet: { hosts(): { row: { state: string } }[] }, wanted: number): Promise<void> {
  const end = Date.now() + connectMs;
  while (Date.now() < end && fleet.hosts().filter(({ row }) => row.state === 'ready').length < wanted)
    await new Promise((resolve) => setTimeout(resolve, 50));
}
