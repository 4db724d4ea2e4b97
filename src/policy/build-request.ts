import { BerthError } from '../domain/errors.ts';
import { labelPrefix } from '../domain/labels.ts';
import { printable } from './fields.ts';
import { imageReferenceParse } from './image-reference.ts';
import { type JsonObject, type JsonValue, jsonRead } from './json.ts';
import { platformRead } from './platform.ts';
import type { Query } from './query.ts';

/** A build as it was asked for. */
export interface BuildRequest {
  /** Path of the Dockerfile in the context. */
  dockerfile: string;
  /** Each as Docker shows it: `shop:1`. */
  tags: string[];
  quiet: boolean;
  noCache: boolean;
  pull: boolean;
  /** Containers of steps that went well are removed. */
  remove: boolean;
  /** Those of steps that failed, too. */
  forceRemove: boolean;
  target: string;
  labels: Map<string, string>;
  /** null: named without a value. */
  buildArgs: Map<string, string | null>;
  platform: string | null;
  /** For each step's container, as a client would write it: read again by the policy of containers. */
  hostConfig: JsonObject;
}

export const buildParameters = [
  ...['dockerfile', 't', 'remote', 'q', 'nocache', 'pull', 'rm', 'forcerm', 'target', 'labels', 'buildargs', 'cachefrom', 'extrahosts'],
  ...['ulimits', 'memory', 'memswap', 'cpushares', 'cpuperiod', 'cpuquota', 'cpusetcpus', 'cpusetmems', 'cgroupparent', 'shmsize'],
  ...['networkmode', 'isolation', 'platform', 'squash', 'securityopt', 'outputs', 'version', 'buildid', 'session'],
] as const;

const maxEntries = 1024;

/** Reads the query of `POST /build`. Throws `malformed`, or `refused` with what to do instead. Source: moby api/server/router/build. */
export function buildRequestRead(query: Query): BuildRequest {
  unservedRefuse(query);
  cacheFromCheck(query);
  const forceRemove = query.flag('forcerm');
  return {
    dockerfile: query.get('dockerfile') || 'Dockerfile',
    tags: tagsRead(query.list('t')),
    quiet: query.flag('q'),
    noCache: query.flag('nocache'),
    pull: query.flag('pull'),
    remove: forceRemove || query.get('rm') === null || query.get('rm') === '' || query.flag('rm'),
    forceRemove,
    target: query.get('target') ?? '',
    labels: labelsRead(query),
    buildArgs: textsRead(query, 'buildargs'),
    platform: query.get('platform') ? platformRead(query.get('platform') ?? '') : null,
    hostConfig: hostConfigRead(query),
  };
}

function unservedRefuse(query: Query): void {
  const remote = query.get('remote') ?? '';
  if (remote !== '')
    throw new BerthError(
      'refused',
      'remote: a build context comes with the request, and is not fetched from an address. Give docker build a folder, or the archive on its standard input.',
    );
  if (query.flag('squash')) throw new BerthError('malformed', 'squash is only supported with experimental mode');
  if ((query.get('securityopt') ?? '') !== '')
    throw new BerthError('malformed', 'The daemon on this platform does not support setting security options on build');
  const outputs = query.get('outputs') ?? '';
  if (query.get('version') === '2' || (query.get('session') ?? '') !== '' || !['', '[]', 'null'].includes(outputs)) throw buildkitRefused();
}

/** For whatever BuildKit asks for. */
export function buildkitRefused(): BerthError {
  return new BerthError(
    'not_served',
    'BuildKit is not served by Berth: set DOCKER_BUILDKIT=0 to build with the classic builder, which is. See docs/divergence.md.',
  );
}

function tagsRead(names: readonly string[]): string[] {
  const tags = names
    .filter((name) => name !== '')
    .map((name) => {
      const reference = imageReferenceParse(name);
      if (reference.digest !== null) throw new BerthError('malformed', 'build tag cannot contain a digest');
      return reference.tag === null ? `${reference.familiar()}:latest` : reference.familiar();
    });
  return [...new Set(tags)];
}

function labelsRead(query: Query): Map<string, string> {
  const own = [...textsRead(query, 'labels')].filter(([key]) => !key.startsWith(labelPrefix));
  return new Map(own.map(([key, value]) => [key, value ?? '']));
}

/** Images to look for steps in: not needed, since the tenant's cache is the same on every host. */
function cacheFromCheck(query: Query): void {
  const list = valueRead(query, 'cachefrom') ?? [];
  if (!Array.isArray(list) || list.length > maxEntries || !list.every((item) => typeof item === 'string'))
    throw new BerthError('malformed', 'cachefrom: must be a list of images.');
}

/** An object of texts, where a value may be null. */
function textsRead(query: Query, name: string): Map<string, string | null> {
  const object = valueRead(query, name) ?? {};
  const entries = typeof object === 'object' && !Array.isArray(object) ? Object.entries(object) : null;
  if (entries === null || entries.length > maxEntries || !entries.every(([, value]) => value === null || typeof value === 'string'))
    throw new BerthError('malformed', `${name}: must be an object of texts.`);
  return new Map(entries as [string, string | null][]);
}

function valueRead(query: Query, name: string): JsonValue {
  const text = query.get(name) ?? '';
  if (text === '') return null;
  try {
    return jsonRead(new TextEncoder().encode(text));
  } catch (error) {
    if (error instanceof BerthError) throw new BerthError(error.code, `${name}: ${error.message}`);
    throw error;
  }
}

/** In the names of a container's HostConfig. What is 0 or empty is left out, as its reader takes it for unset. */
function hostConfigRead(query: Query): JsonObject {
  const numbers = {
    ...{ Memory: 'memory', MemorySwap: 'memswap', CpuShares: 'cpushares', CpuPeriod: 'cpuperiod', CpuQuota: 'cpuquota' },
    ShmSize: 'shmsize',
  };
  const texts = { CpusetCpus: 'cpusetcpus', CpusetMems: 'cpusetmems', CgroupParent: 'cgroupparent', NetworkMode: 'networkmode' };
  const host: JsonObject = {};
  for (const [field, name] of Object.entries(numbers)) {
    const value = query.int(name) ?? 0;
    if (value !== 0) host[field] = value;
  }
  for (const [field, name] of Object.entries({ ...texts, Isolation: 'isolation' })) {
    const value = query.get(name) ?? '';
    if (value !== '') host[field] = value;
  }
  const ulimits = valueRead(query, 'ulimits');
  if (ulimits !== null) host.Ulimits = ulimits;
  const extraHosts = query.list('extrahosts').filter((line) => line !== '');
  if (extraHosts.length > 0) host.ExtraHosts = extraHosts;
  const extra = extraHosts.find((line) => line.length > 1024);
  if (extra !== undefined) throw new BerthError('malformed', `extrahosts: ${printable(extra)} is too long.`);
  return host;
}
