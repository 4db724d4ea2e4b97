import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { auditMake } from '../app/audit.ts';
import { engineSideMake } from '../app/host-admin-engine.ts';
import { authenticatorMake } from '../auth/authenticate.ts';
import { databaseMigrate } from '../db/migrate.ts';
import { routeTable } from '../docker-api/route-match.ts';
import { dockerRoutes } from '../docker-api/routes.ts';
import { dockerServer } from '../docker-api/upgrade-server.ts';
import type { BlobStore } from '../domain/blob-store.ts';
import type { Log } from '../domain/log.ts';
import { defaultPace, type Pace } from '../domain/pace.ts';
import { tenantTraffic } from '../domain/request-rate.ts';
import { metricsMake } from '../http/metrics.ts';
import type { RegistryFetch } from '../images/registry-request.ts';
import { restApp } from '../rest-api/app.ts';
import { authorityLoad } from '../vault/authorities.ts';
import type { Authority } from '../vault/authority.ts';
import { type Seal, sealOpen } from '../vault/seal.ts';
import { appStart, type RunningApp } from './app-node.ts';
import { berthVersion, migrationsFolder } from './package.ts';
import { restListener } from './rest-listener.ts';
import { revocationsFollow } from './revocations.ts';

const certificateDays = 90;
const renewMs = 24 * 3600 * 1000;
const tlsFilePollMs = 2_000;

/** All that is sent to the REST API are documents, at most 1 MiB; Node looks for late ones every 30 seconds unless told. */
const restTimeouts = { headersTimeout: 10_000, requestTimeout: 20_000, connectionsCheckingInterval: 1_000 };

export interface ServerOptions {
  databaseUrl: string;
  key: string;
  blobs: BlobStore;
  bind: string;
  names: string[];
  enginePort: number;
  httpPort: number;
  tlsFiles?: { cert: string; key: string };
  placement: 'spread' | 'binpack';
  /** See Config. */
  hostGraceSeconds?: number;
  registries: string[];
  probeImage?: string | undefined;
  /** See AppOptions. */
  spoolFolder?: string | undefined;
  registryFetch?: RegistryFetch | undefined;
  log: Log;
  step?: (name: string) => Promise<void>;
}

export interface RunningServer extends Omit<RunningApp, 'kill'> {
  enginePort: number;
  httpPort: number;
  /** PEM of what signed our endpoint's certificate; undefined with an own certificate. */
  serverAuthority: Authority;
  clientAuthority: Authority;
}

/** Migrates, and starts the Docker endpoint and the REST API on one share of the installation. Port 0 takes a free one. */
export async function serverStart(options: ServerOptions): Promise<RunningServer> {
  await databaseMigrate(options.databaseUrl, migrationsFolder);
  const seal = await sealOpen(options.key);
  const running = await appStart({ ...options, pace: paceOf(options), seal, version: berthVersion });
  try {
    return await facesStart(options, seal, running);
  } catch (error) {
    await running.stop();
    throw error;
  }
}

async function facesStart(options: ServerOptions, seal: Seal, running: RunningApp): Promise<RunningServer> {
  const { log } = options;
  const { app } = running;
  const serverAuthority = await authorityLoad(app.system, seal, 'server');
  const clientAuthority = await authorityLoad(app.system, seal, 'client');
  const authenticator = authenticatorMake(app.system, () => app.bus.hears());
  const audit = auditMake(app.system, log);
  const traffic = tenantTraffic();
  const certificate = await certificateKeep(options, serverAuthority);
  const metrics = metricsMake({ residentBytes: () => process.memoryUsage.rss(), cpuSeconds });
  const docker = dockerServer(
    { app, authenticator, audit, traffic, routes: routeTable(dockerRoutes) },
    { certificate: certificate.current, clientAuthority: clientAuthority.certificatePem, berthVersion, metrics },
  );
  certificate.onRenewed((next) => docker.renew(next));
  const revocations = revocationsFollow(app.bus, authenticator, docker.opened, log);
  const enginePort = await listen(docker.server, options.enginePort, options.bind);
  const [publicName = 'localhost'] = options.names;
  const rest = restApp({
    ...{ system: app.system, authenticator, audit, traffic, seal, blobs: app.blobs, metrics, log },
    clientAuthority: () => Promise.resolve(clientAuthority),
    endpoint: { url: `tcp://${publicName}:${enginePort}`, authorityPem: options.tlsFiles ? null : serverAuthority.certificatePem },
    engines: engineSideMake(app),
    version: berthVersion,
  });
  const http = createServer(restTimeouts, restListener(rest, docker.opened));
  const httpPort = await listen(http, options.httpPort, options.bind).catch(async (error) => {
    await docker.close();
    throw error;
  });
  app.ownPorts.push(enginePort, httpPort);
  log.info('listening', { enginePort, httpPort });
  return {
    app,
    enginePort,
    httpPort,
    serverAuthority,
    clientAuthority,
    async stop() {
      certificate.stop();
      revocations.stop();
      http.close();
      await docker.close();
      http.closeAllConnections();
      await audit.stop();
      await running.stop();
    },
  };
}

/** The endpoint's certificate: the operator's files, read again when they change, or one of ours, made anew long before it ends. */
async function certificateKeep(options: ServerOptions, authority: Authority) {
  const { tlsFiles, log } = options;
  let renewed: (certificate: { cert: string; key: string }) => void = () => {};
  const make = async () => {
    if (tlsFiles) return { cert: await readFile(tlsFiles.cert, 'utf8'), key: await readFile(tlsFiles.key, 'utf8') };
    const { certificatePem, keyPem } = await authority.serverIssue(options.names, certificateDays);
    return { cert: certificatePem, key: keyPem };
  };
  const renew = () =>
    make()
      .then((next) => renewed(next))
      .catch((error) => log.error('the certificate could not be renewed', error));
  const timer = tlsFiles ? undefined : setInterval(renew, renewMs).unref();
  if (tlsFiles) watchFile(tlsFiles.cert, { interval: tlsFilePollMs, persistent: false }, renew);
  return {
    current: await make(),
    onRenewed(handler: typeof renewed) {
      renewed = handler;
    },
    stop() {
      clearInterval(timer);
      if (tlsFiles) unwatchFile(tlsFiles.cert, renew);
    },
  };
}

function paceOf({ hostGraceSeconds }: ServerOptions): Pace {
  return hostGraceSeconds === undefined ? defaultPace : { ...defaultPace, hostLostMs: hostGraceSeconds * 1_000 };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function listen(server: Server, port: number, host: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', reject);
  server.listen(port, host, () => {
    server.off('error', reject);
    resolve((server.address() as AddressInfo).port);
  });
  return promise;
}
