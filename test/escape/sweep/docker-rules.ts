import { tarOf } from '../../pure/images/tar-maker.ts';
import type { IdKind } from './tenant-things.ts';

/** One place of a request where an identifier can stand. */
export interface Probe {
  kind: IdKind;
  /** Path and query. */
  target(id: string): string;
  json?(id: string): unknown;
  body?: Buffer | ((id: string) => Buffer);
}

/** How a route is asked with somebody else's identifiers; a text says why it takes none. */
export type Rule = Probe[] | string;

const path = (kind: IdKind, template: string, more: Partial<Probe> = {}): Probe => ({
  kind,
  target: (id) => template.replace(/:(id|name)/, kind === 'image' ? id : encodeURIComponent(id)),
  ...more,
});
const filter = (kind: IdKind, template: string, name: string): Probe => ({
  kind,
  target: (id) => `${template}${template.includes('?') ? '&' : '?'}filters=${encodeURIComponent(JSON.stringify({ [name]: [id] }))}`,
});
const body = (kind: IdKind, target: string, json: (id: string) => unknown): Probe => ({ kind, target: () => target, json });
const create = (kind: IdKind, json: (id: string) => object) =>
  body(kind, '/containers/create', (id) => ({ Image: 'own', Cmd: ['true'], ...json(id) }));
const host = (kind: IdKind, json: (id: string) => object) => create(kind, (id) => ({ HostConfig: json(id) }));

/**
 * By method and path, as the table of routes writes them. A route that is not here fails the suite: whoever adds one says here what of
 * another tenant it could be asked for.
 */
export const dockerRules: Record<string, Rule> = {
  'GET /_ping': 'says nothing of anybody',
  'HEAD /_ping': 'says nothing of anybody',
  'GET /version': 'says nothing of anybody',
  'GET /info': 'counts the own things; the sweep compares it before and after',
  'POST /auth': 'a credential of the caller, for a registry',
  // Without an end in the past they would go on.
  'GET /events': (['container', 'volume', 'network', 'image'] as const).map((kind) => ({
    kind,
    target: (id) =>
      `/events?since=1&until=${Math.floor(Date.now() / 1000)}&filters=${encodeURIComponent(JSON.stringify({ [kind]: [id] }))}`,
  })),

  'GET /containers/json': [
    { kind: 'container', target: (id) => `/containers/json?all=1&before=${encodeURIComponent(id)}` },
    { kind: 'container', target: (id) => `/containers/json?all=1&since=${encodeURIComponent(id)}` },
    ...['id', 'name', 'before', 'since'].map((name) => filter('container', '/containers/json?all=1', name)),
    filter('volume', '/containers/json?all=1', 'volume'),
    filter('network', '/containers/json?all=1', 'network'),
    filter('image', '/containers/json?all=1', 'ancestor'),
  ],
  'GET /containers/:id/json': [path('container', '/containers/:id/json'), path('container', '/containers/:id/json?size=1')],
  'GET /containers/:id/top': [path('container', '/containers/:id/top')],
  'POST /containers/create': [
    {
      kind: 'container',
      target: (id) => `/containers/create?name=${encodeURIComponent(id)}`,
      json: () => ({ Image: 'own', Cmd: ['true'] }),
    },
    host('container', (id) => ({ NetworkMode: `container:${id}` })),
    host('container', (id) => ({ PidMode: `container:${id}` })),
    host('container', (id) => ({ IpcMode: `container:${id}` })),
    host('container', (id) => ({ VolumesFrom: [id] })),
    host('container', (id) => ({ Links: [`${id}:x`] })),
    host('network', (id) => ({ NetworkMode: id })),
    create('network', (id) => ({ NetworkingConfig: { EndpointsConfig: { [id]: {} } } })),
    host('volume', (id) => ({ Binds: [`${id}:/x`] })),
    host('volume', (id) => ({ Mounts: [{ Type: 'volume', Source: id, Target: '/x' }] })),
    body('image', '/containers/create', (id) => ({ Image: id })),
  ],
  'POST /containers/:id/start': [path('container', '/containers/:id/start')],
  'POST /containers/:id/stop': [path('container', '/containers/:id/stop?t=0')],
  'POST /containers/:id/restart': [path('container', '/containers/:id/restart?t=0')],
  'POST /containers/:id/kill': [path('container', '/containers/:id/kill')],
  'POST /containers/:id/pause': [path('container', '/containers/:id/pause')],
  'POST /containers/:id/unpause': [path('container', '/containers/:id/unpause')],
  'POST /containers/:id/rename': [
    path('container', '/containers/:id/rename?name=mine-now'),
    // The other side: a name that another tenant has is free.
    { kind: 'container', target: (id) => `/containers/mine/rename?name=${encodeURIComponent(id)}` },
    { kind: 'container', target: (id) => `/containers/${encodeURIComponent(id)}/rename?name=mine` },
  ],
  'POST /containers/:id/update': [path('container', '/containers/:id/update', { json: () => ({ CpuShares: 512 }) })],
  'GET /containers/:id/changes': [path('container', '/containers/:id/changes')],
  'POST /containers/prune': [filter('container', '/containers/prune', 'label')],
  'POST /images/prune': [filter('image', '/images/prune', 'label')],
  'POST /networks/prune': [filter('network', '/networks/prune', 'label')],
  'POST /volumes/prune': [filter('volume', '/volumes/prune', 'label')],
  'GET /system/df': 'counts the own things; the sweep compares it before and after',
  'POST /containers/:id/resize': [path('container', '/containers/:id/resize?h=1&w=1')],
  'DELETE /containers/:id': [path('container', '/containers/:id?force=1&v=1')],
  'POST /containers/:id/wait': [path('container', '/containers/:id/wait')],
  'POST /containers/:id/attach': [path('container', '/containers/:id/attach?stream=1&stdout=1')],
  'GET /containers/:id/attach/ws': [path('container', '/containers/:id/attach/ws?stream=1&stdout=1')],
  'GET /containers/:id/logs': [path('container', '/containers/:id/logs?stdout=1')],
  'GET /containers/:id/stats': [path('container', '/containers/:id/stats?stream=0')],
  'GET /containers/:id/export': [path('container', '/containers/:id/export')],
  'GET /containers/:id/archive': [path('container', '/containers/:id/archive?path=/')],
  'HEAD /containers/:id/archive': [path('container', '/containers/:id/archive?path=/')],
  'PUT /containers/:id/archive': [
    path('container', '/containers/:id/archive?path=/', { body: Buffer.from(tarOf([{ name: 'a', content: 'a' }])) }),
  ],

  'POST /containers/:id/exec': [path('container', '/containers/:id/exec', { json: () => ({ Cmd: ['true'] }) })],
  'POST /exec/:id/start': [
    path('exec', '/exec/:id/start', { json: () => ({}) }),
    path('exec', '/exec/:id/start', { json: () => ({ Detach: true }) }),
  ],
  'POST /exec/:id/resize': [path('exec', '/exec/:id/resize?h=1&w=1')],
  'GET /exec/:id/json': [path('exec', '/exec/:id/json')],

  'GET /images/json': ['before', 'since', 'reference'].map((name) => filter('image', '/images/json', name)),
  'POST /images/create': 'a pull asks the registry with the own credential; an import is the own file',
  'POST /images/load': 'the tags of an archive become the own; image-walls.test.ts',
  'GET /images/get': [{ kind: 'image', target: (id) => `/images/get?names=${encodeURIComponent(id)}` }],
  'GET /images/:name*/get': [path('image', '/images/:name/get')],
  'GET /images/:name*/json': [path('image', '/images/:name/json')],
  'GET /images/:name*/history': [path('image', '/images/:name/history')],
  'POST /images/:name*/push': [path('image', '/images/:name/push')],
  'GET /images/search': 'asks the public index, of which everybody sees the same',
  'GET /distribution/:name*/json': 'asks the registry with the own credential',
  'POST /images/:name*/tag': [path('image', '/images/:name/tag?repo=stolen&tag=1')],
  'DELETE /images/:name*': [path('image', '/images/:name?force=1')],

  'POST /build/prune': 'the own cache',
  'POST /commit': [{ kind: 'container', target: (id) => `/commit?container=${encodeURIComponent(id)}` }],
  'POST /build': [
    {
      kind: 'image',
      target: () => '/build',
      body: (id) => Buffer.from(tarOf([{ name: 'Dockerfile', content: `FROM ${id}` }])),
    },
  ],

  'GET /networks': ['id', 'name'].map((name) => filter('network', '/networks', name)),
  'POST /networks/create': [body('network', '/networks/create', (id) => ({ Name: id }))],
  'GET /networks/:id': [path('network', '/networks/:id')],
  'DELETE /networks/:id': [path('network', '/networks/:id')],
  'POST /networks/:id/connect': [
    path('network', '/networks/:id/connect', { json: () => ({ Container: 'mine' }) }),
    body('container', '/networks/own-net/connect', (id) => ({ Container: id })),
    body('container', '/networks/own-net/connect', (id) => ({ Container: 'mine', EndpointConfig: { Links: [`${id}:x`] } })),
  ],
  'POST /networks/:id/disconnect': [
    path('network', '/networks/:id/disconnect', { json: () => ({ Container: 'mine' }) }),
    body('container', '/networks/own-net/disconnect', (id) => ({ Container: id, Force: true })),
  ],

  'GET /plugins/:name*/json': 'no tenant has any',

  'GET /volumes': [filter('volume', '/volumes', 'name')],
  'POST /volumes/create': [body('volume', '/volumes/create', (id) => ({ Name: id }))],
  'GET /volumes/:name': [path('volume', '/volumes/:name')],
  'DELETE /volumes/:name': [path('volume', '/volumes/:name?force=1')],
};
