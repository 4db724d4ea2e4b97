import { BerthError } from '../domain/errors.ts';
import { printable } from './fields.ts';
import { type JsonValue, jsonRead } from './json.ts';
import { registryAuthRead } from './registry-auth.ts';

const maxRegistries = 64;

/**
 * Docker's `X-Registry-Config`: what the client has to show to each registry it is logged in to. By registry (`host[:port]`), each written
 * as `X-Registry-Auth` is. Never logged. Throws `malformed`.
 */
export function registryConfigRead(header: string | null): Map<string, string> {
  const credentials = new Map<string, string>();
  if (header === null || header === '') return credentials;
  const config = jsonRead(bytesOf(header), { maxBytes: 256 * 1024, maxDepth: 3 });
  if (typeof config !== 'object' || config === null || Array.isArray(config)) throw malformed('it is not an object');
  const entries = Object.entries(config);
  if (entries.length > maxRegistries) throw malformed(`it has more than ${maxRegistries} registries`);
  for (const [name, value] of entries) {
    const credential = registryAuthRead(encoded(value));
    if (credential !== null) credentials.set(registryOf(name), credential);
  }
  return credentials;
}

/** Clients keep Docker Hub under the address of its first API. */
function registryOf(name: string): string {
  const host = name.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  if (host === 'index.docker.io' || host === 'registry-1.docker.io') return 'docker.io';
  if (!/^[a-zA-Z0-9.:[\]-]+$/.test(host)) throw malformed(`${printable(name)} is not a registry`);
  return host;
}

function encoded(value: JsonValue): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))));
}

function bytesOf(header: string): Uint8Array {
  try {
    return Uint8Array.from(atob(header.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  } catch {
    throw malformed('it is not base64');
  }
}

function malformed(why: string): BerthError {
  return new BerthError('malformed', `X-Registry-Config: ${why}. Run docker login again.`);
}
