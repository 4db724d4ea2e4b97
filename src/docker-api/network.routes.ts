import { containersSeen } from '../app/container-seen.ts';
import type { App } from '../app/context.ts';
import { networkConnect, networkDisconnect } from '../app/network-connect.ts';
import { networkCreate } from '../app/network-create.ts';
import { networkBuiltin, networkFind } from '../app/network-find.ts';
import { networkDocuments } from '../app/network-read.ts';
import { networkEngineName, networkSubnet } from '../app/network-realize.ts';
import { networkRemove } from '../app/network-remove.ts';
import type { NetworkRow } from '../db/store/network.ts';
import { fieldNames } from '../policy/field-table.ts';
import { filtersRead } from '../policy/filters.ts';
import { networkConnectRead, networkCreateRead, networkCreateRows, networkDisconnectRead } from '../policy/network.ts';
import { tenantNames } from './container-render.ts';
import { type Call, json, noContent, type Reply, type Route } from './route.ts';
import { type NetworkIdentity, networkFilterNames, networkListSelect, networkNoneView, networkView } from './views/network.ts';
import { noneNetworkId } from './views/network-builtin.ts';

export const networkRoutes: readonly Route[] = [
  { method: 'GET', path: '/networks', scope: 'read', query: ['filters'], body: 'none', handle: list },
  {
    method: 'POST',
    path: '/networks/create',
    scope: 'run',
    query: [],
    echoed: fieldNames(networkCreateRows),
    body: 'json',
    handle: create,
  },
  { method: 'GET', path: '/networks/:id', scope: 'read', query: ['verbose', 'scope'], body: 'none', handle: inspect },
  { method: 'DELETE', path: '/networks/:id', scope: 'run', query: [], body: 'none', handle: remove },
  { method: 'POST', path: '/networks/:id/connect', scope: 'run', query: [], body: 'json', handle: connect },
  { method: 'POST', path: '/networks/:id/disconnect', scope: 'run', query: [], body: 'json', handle: disconnect },
];

function identity(app: App, network: NetworkRow): NetworkIdentity {
  return {
    id: network.id,
    name: network.name,
    createdAt: network.createdAt.toISOString(),
    internal: network.internal,
    labels: network.labels,
    subnets: app.directory.realizations.get(network.id).map(({ subnetIndex }) => networkSubnet(subnetIndex)),
  };
}

async function list({ app, scope, query }: Call): Promise<Reply> {
  const filters = filtersRead(query.get('filters'), networkFilterNames);
  await app.directory.fresh();
  await networkBuiltin(app, scope);
  const networks = app.directory.networksOf(scope.tenantId);
  const used = new Set<string>();
  if (filters.has('dangling')) {
    const seen = await containersSeen(app, scope);
    for (const network of networks) {
      if (seen.some(({ document }) => document.NetworkSettings.Networks?.[networkEngineName(network.id)])) used.add(network.id);
    }
  }
  const views = networks.map((network) => networkView(identity(app, network), [], new Map()));
  return json(200, networkListSelect([...views, networkNoneView()], filters, used));
}

async function inspect({ app, scope, params }: Call): Promise<Reply> {
  await app.directory.fresh();
  if (params.id === 'none' || params.id === noneNetworkId) return json(200, networkNoneView());
  const network = await networkFind(app, scope, params.id ?? '');
  const names = tenantNames(app, scope.tenantId);
  return json(200, networkView(identity(app, network), await networkDocuments(app, network), names.containerNames));
}

async function create({ app, scope, json: body }: Call): Promise<Reply> {
  const network = await networkCreate(app, scope, networkCreateRead(body));
  return json(201, { Id: network.id, Warning: '' });
}

async function remove({ app, scope, params }: Call): Promise<Reply> {
  await app.directory.fresh();
  await networkRemove(app, scope, await networkFind(app, scope, params.id ?? ''));
  return noContent;
}

async function connect({ app, scope, params, json: body }: Call): Promise<Reply> {
  const wish = networkConnectRead(body);
  await app.directory.fresh();
  await networkConnect(app, scope, await networkFind(app, scope, params.id ?? ''), wish.container, wish.endpoint);
  return { kind: 'empty', status: 200 };
}

async function disconnect({ app, scope, params, json: body }: Call): Promise<Reply> {
  const wish = networkDisconnectRead(body);
  await app.directory.fresh();
  await networkDisconnect(app, scope, await networkFind(app, scope, params.id ?? ''), wish.container, wish.force);
  return { kind: 'empty', status: 200 };
}
