import { BerthError } from '../domain/errors.ts';
import { apiVersionAtLeast } from '../policy/api-version.ts';

/** The versions of the Engine API that Berth serves, whatever its engines speak. */
export const apiVersionMin = '1.24';
export const apiVersionMax = '1.47';

/** Versions that were read and are served: there are no more of these than between the two. */
const known = new Set<string>();

/**
 * The version a request asks for: the digits of `/v1.41/…`, or null for a path without one, which means the newest.
 * Throws `malformed` in the daemon's own words (moby api/server/middleware/version.go), which clients and people know.
 */
export function apiVersionRead(text: string | null): string {
  if (text === null) return apiVersionMax;
  if (known.has(text)) return text;
  if (!apiVersionAtLeast(text, apiVersionMin)) {
    throw new BerthError(
      'malformed',
      `client version ${text} is too old. Minimum supported API version is ${apiVersionMin}, please upgrade your client to a newer version`,
    );
  }
  if (!apiVersionAtLeast(apiVersionMax, text)) {
    throw new BerthError('malformed', `client version ${text} is too new. Maximum supported API version is ${apiVersionMax}`);
  }
  known.add(text);
  return text;
}

/**
 * Every difference between the versions that shows in a reply of ours. Source: Docker's "Engine API version history"
 * (moby, docs/api/version-history.md) and, where that is silent, the daemon's routers. `from` is the first version with it.
 */
const changes = {
  /** GET /info: SecurityOptions are `name=seccomp,profile=default`, before it `seccomp`. */
  structuredSecurityOptions: '1.25',
  /** GET /containers/{id}/json: KernelMemory and KernelMemoryTCP are omitted when not set. */
  kernelMemoryOmitted: '1.42',
  /** GET /images/json: an image without names has empty lists, before it `<none>:<none>`. */
  emptyReferences: '1.43',
  /** GET /images/json and /images/{name}/json: VirtualSize is omitted. */
  virtualSizeOmitted: '1.44',
  /** GET /images/{name}/json: Created is omitted when the image has none, before it Go's zero time. */
  imageCreatedOmitted: '1.44',
  /** GET /containers/{id}/json: each endpoint has DNSNames. */
  dnsNames: '1.44',
  /** HealthConfig.StartInterval. */
  healthStartInterval: '1.44',
  /** GET /info: CDISpecDirs, and the status of a runtime. */
  cdiSpecDirs: '1.44',
  /** Endpoint Aliases are what was asked for, before it they have the short id too. */
  plainAliases: '1.45',
  /** NetworkMode `default` is stored as `bridge`; unversioned in the daemon, new with the release of 1.45 (moby 26.0). */
  networkModeBridge: '1.45',
} as const;

export type ApiChange = keyof typeof changes;

/** Whether a reply in this version has the change. */
export function apiChanged(apiVersion: string, change: ApiChange): boolean {
  return apiVersionAtLeast(apiVersion, changes[change]);
}
