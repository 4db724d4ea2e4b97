import { endpointsOf } from './engine-endpoints.ts';

/**
 * One command of the docker CLI against a stock engine. `served`: the same. `differs`: served, with what differs. `refused`: answered
 * 501, with the reason. `client`: done by the CLI alone.
 */
export interface CommandRow {
  command: string;
  state: 'served' | 'differs' | 'refused' | 'client';
  /** The endpoints it calls, as the table of routes writes them; of a refused one, those that are not in that table. */
  routes: readonly string[];
  words: string;
}

const served = (command: string, routes: string[], words = ''): CommandRow => ({ command, state: 'served', routes, words });
const differs = (command: string, routes: string[], words: string): CommandRow => ({ command, state: 'differs', routes, words });
const refused = (command: string, routes: string[], words: string): CommandRow => ({ command, state: 'refused', routes, words });
const client = (command: string, words = ''): CommandRow => ({ command, state: 'client', routes: [], words });

const builder =
  'The classic builder (`DOCKER_BUILDKIT=0`). Berth runs the Dockerfile itself: each step is a container of the tenant’s own, under its walls, network and quota, and the cache is the tenant’s. Images between the steps are not to be had; a step that changes the config alone makes no container, so events tell of none; `--squash`, a context from an address and `--security-opt` are refused; `--cache-from` is taken and not needed. `ADD` fetches from the public internet alone. In the history, the hash of `COPY --from` knows owners by the image’s own names, where a stock builder asks its host.';
const swarm = 'Berth is no Swarm. Deployments and secrets are those of `/v1` and of `berth`.';

export const commandRows: readonly CommandRow[] = [
  differs(
    'run, create',
    [
      'POST /containers/create',
      'POST /containers/:id/start',
      'POST /containers/:id/wait',
      'POST /containers/:id/attach',
      'POST /containers/:id/resize',
    ],
    'Fields: the table below. The host is chosen by Berth; `--isolation` takes `shared` and `sandboxed`. `--rm` is done by Berth. What the image asks in `WORKDIR`, `VOLUME` and `HEALTHCHECK` is judged like the request.',
  ),
  differs('start', ['POST /containers/:id/start'], '`--checkpoint` is refused.'),
  served('stop', ['POST /containers/:id/stop']),
  served('restart', ['POST /containers/:id/restart']),
  served('kill', ['POST /containers/:id/kill']),
  served('pause, unpause', ['POST /containers/:id/pause', 'POST /containers/:id/unpause']),
  served('rename', ['POST /containers/:id/rename'], 'Names are the tenant’s own.'),
  differs('rm', ['DELETE /containers/:id'], '`--link` is refused.'),
  served('wait', ['POST /containers/:id/wait']),
  differs('ps', ['GET /containers/json'], 'A container whose host cannot be reached reads as unknown, with the time it was last seen.'),
  differs(
    'inspect',
    ['GET /containers/:id/json', 'GET /images/:name*/json', 'GET /networks/:id', 'GET /volumes/:name', 'GET /plugins/:name*/json'],
    'Paths, process ids, drivers and runtimes of the host are left out or replaced; see Replies.',
  ),
  client('port', 'Reads the inspect.'),
  served('logs', ['GET /containers/:id/logs']),
  served('attach', ['POST /containers/:id/attach', 'GET /containers/:id/attach/ws']),
  differs(
    'exec',
    ['POST /containers/:id/exec', 'POST /exec/:id/start', 'POST /exec/:id/resize', 'GET /exec/:id/json'],
    '`--privileged` is refused. Fields: the table below.',
  ),
  differs(
    'top',
    ['GET /containers/:id/top'],
    'Takes the usual options of `ps` only, since it is the host’s `ps` that runs. Not served for sandboxed containers.',
  ),
  differs('stats', ['GET /containers/:id/stats'], 'Without the disks of the host.'),
  served('cp', ['GET /containers/:id/archive', 'HEAD /containers/:id/archive', 'PUT /containers/:id/archive']),
  served('export', ['GET /containers/:id/export']),
  served('diff', ['GET /containers/:id/changes']),
  differs(
    'update',
    ['POST /containers/:id/update'],
    'Weights of disks, sets of cores and swap are refused as at create. More than the host has room for is refused, and so is a replica. Fields: the table below.',
  ),
  differs('commit', ['POST /commit'], 'Refused for a container that was given secrets.'),
  refused(
    'checkpoint',
    ['POST /containers/:id/checkpoints', 'GET /containers/:id/checkpoints', 'DELETE /containers/:id/checkpoints/:name'],
    'A checkpoint is a file of the host.',
  ),
  differs(
    'container prune, image prune, network prune, volume prune, system prune',
    ['POST /containers/prune', 'POST /images/prune', 'POST /networks/prune', 'POST /volumes/prune'],
    'What the tenant’s deployments and jobs made, or may go back to, stays. The space is what the tenant has less of.',
  ),

  differs(
    'pull',
    ['POST /images/create'],
    'From registries on the public internet, and those that the operator allows. The registry is asked each time, with the tenant’s own right, whatever a host has.',
  ),
  differs(
    'push',
    ['POST /images/:name*/push'],
    'To registries as for pull; by Berth itself, in Docker’s schema 2. Without a login of the client the tenant’s own is used: `berth registries`.',
  ),
  differs('search', ['GET /images/search'], 'On Docker Hub only, without a login.'),
  served('images', ['GET /images/json'], 'The tenant’s own: what it pulled, loaded or imported.'),
  served('history', ['GET /images/:name*/history']),
  differs('load', ['POST /images/load'], 'Every layer must be what its config claims. Tags become the tenant’s own.'),
  served('save', ['GET /images/get', 'GET /images/:name*/get']),
  differs('import', ['POST /images/create'], 'From a file or standard input; a URL is refused. `--change` takes no `ONBUILD`.'),
  served('tag', ['POST /images/:name*/tag']),
  served('rmi', ['DELETE /images/:name*'], 'Takes the tenant’s names and right away; what others have stays.'),
  differs('build', ['POST /build'], builder),
  differs(
    'builder prune',
    ['POST /build/prune'],
    'The tenant’s own cache. Of filters `until` and `unused-for` are taken; steps have no labels, so `label` means none. What an image of the tenant’s has too is not freed.',
  ),
  refused('buildx', ['POST /session', 'POST /grpc'], 'BuildKit is not served: set `DOCKER_BUILDKIT=0` for the classic builder.'),
  differs('manifest inspect', ['GET /distribution/:name*/json'], 'From registries as for pull; the CLI itself asks the registry.'),
  client('manifest, trust', 'They speak to the registry.'),
  differs('login', ['POST /auth'], 'To registries as for pull.'),
  client('logout'),

  differs(
    'network create',
    ['POST /networks/create'],
    'Driver bridge, with a subnet that Berth gives. It lives on one host, where its members are placed. Fields: the table below.',
  ),
  served(
    'network ls, network inspect, network rm',
    ['GET /networks', 'GET /networks/:id', 'DELETE /networks/:id'],
    'There is no `host` network. A network whose host is lost is removed at once for you, and from that host when it is back.',
  ),
  differs('network connect', ['POST /networks/:id/connect'], 'Both on one host. Fields: the table below.'),
  served('network disconnect', ['POST /networks/:id/disconnect']),
  differs('volume create', ['POST /volumes/create'], 'Driver local, without options. It lives on the host of its first user.'),
  served(
    'volume ls, volume inspect, volume rm',
    ['GET /volumes', 'GET /volumes/:name', 'DELETE /volumes/:name'],
    'The path shown is of no host. A volume whose host cannot be reached is removed with `-f`: for you at once, and from that host when it is back.',
  ),
  refused('volume update', ['PUT /volumes/:name'], 'It is for cluster volumes, which are not served.'),

  differs('version', ['GET /version', 'GET /_ping', 'HEAD /_ping'], 'Berth’s own.'),
  differs('info', ['GET /info'], 'The fleet as one engine, named `berth`; counts are the tenant’s own.'),
  differs(
    'events',
    ['GET /events'],
    'Over all hosts in one order; kept for 7 days. Command lines of execs are left out, and so are health probes. A start or an end that an engine forgot to tell is concluded from its state.',
  ),
  differs('system df', ['GET /system/df'], 'The tenant’s own on all hosts; layers that it shares with others count as its own.'),
  client('context, compose', 'Compose uses the calls above.'),
  refused('swarm, node, service, stack, config, secret', endpointsOf('swarm', 'nodes', 'services', 'tasks', 'configs', 'secrets'), swarm),
  refused(
    'plugin',
    endpointsOf('plugins').filter((endpoint) => endpoint !== 'GET /plugins/:name*/json'),
    'A plugin runs on the host with all its rights. An operator chooses what hosts run.',
  ),
  refused('cancelling a build from elsewhere', ['POST /build/cancel'], 'A build ends with the connection of its client.'),
  refused('cp of before API 1.24', ['POST /containers/:id/copy'], 'Gone from engines themselves. Use the archive of the container.'),
];
