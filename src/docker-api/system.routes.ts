import { containersSeen } from '../app/container-seen.ts';
import { fleetCapacity } from '../app/fleet-capacity.ts';
import { imagesOf } from '../app/image-names.ts';
import { registryLogin } from '../app/registry-login.ts';
import { registryLoginRead } from '../policy/registry-login.ts';
import { type Call, json, type Reply, type Route } from './route.ts';
import { infoView, versionView } from './views/system.ts';

export const systemRoutes: readonly Route[] = [
  { method: 'GET', path: '/_ping', scope: 'any', query: [], body: 'none', handle: ping },
  { method: 'HEAD', path: '/_ping', scope: 'any', query: [], body: 'none', handle: ping },
  { method: 'GET', path: '/version', scope: 'any', query: [], body: 'none', handle: version },
  { method: 'GET', path: '/info', scope: 'read', query: [], body: 'none', handle: info },
  { method: 'POST', path: '/auth', scope: 'run', query: [], body: 'json', handle: auth },
];

async function ping(): Promise<Reply> {
  // Builder-Version 1: the classic builder, so that no client looks for a BuildKit session here.
  return {
    kind: 'text',
    status: 200,
    contentType: 'text/plain; charset=utf-8',
    body: 'OK',
    headers: { 'Builder-Version': '1', Swarm: 'inactive', 'Cache-Control': 'no-cache, no-store, must-revalidate', Pragma: 'no-cache' },
  };
}

function server(app: Call['app']) {
  return { version: app.version, architecture: fleetCapacity(app).architecture };
}

async function version({ app }: Call): Promise<Reply> {
  return json(200, versionView(server(app)));
}

async function info({ app, scope, version: apiVersion }: Call): Promise<Reply> {
  const seen = await containersSeen(app, scope);
  const running = seen.filter(({ document, unknownSince }) => document.State.Running && !unknownSince);
  const paused = running.filter(({ document }) => document.State.Paused).length;
  const { cpus, memoryBytes } = fleetCapacity(app);
  return json(
    200,
    infoView(
      server(app),
      {
        id: scope.tenantId,
        containers: { running: running.length - paused, paused, stopped: seen.length - running.length },
        images: (await imagesOf(app, scope)).length,
        ncpu: cpus,
        memTotalBytes: memoryBytes,
        now: new Date().toISOString(),
      },
      apiVersion,
    ),
  );
}

async function auth({ app, json: body }: Call): Promise<Reply> {
  return json(200, await registryLogin(app, registryLoginRead(body)));
}
