import { readFileSync } from 'node:fs';
import type { ContainerSpec } from '../../../src/domain/container-spec.ts';
import { BerthError } from '../../../src/domain/errors.ts';
import { containerCreateRead } from '../../../src/policy/container-create.read.ts';
import { type JsonObject, type JsonValue, jsonRead } from '../../../src/policy/json.ts';

/** Bodies as docker CLI 28.2.2 sent them. */
export const cliBodies = JSON.parse(readFileSync(new URL('docker-cli-28.json', import.meta.url), 'utf8')) as Record<
  'everyOption' | 'plain' | 'networkCreate' | 'networkConnect',
  JsonObject
>;

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Through the real reader of bytes, as a request comes. */
export function readText(text: string): ContainerSpec {
  return containerCreateRead(jsonRead(bytes(text)), { name: null, platform: null });
}

export function readBody(body: object): ContainerSpec {
  return readText(JSON.stringify({ Image: 'busybox', ...body }));
}

export function readHost(hostConfig: object): ContainerSpec {
  return readBody({ HostConfig: hostConfig });
}

/** A body with `value` at a path of the field table: `HostConfig.Mounts[].Type`, `EndpointsConfig.*.Links`. */
export function bodyAt(path: string, value: JsonValue): JsonObject {
  const [first = '', ...rest] = path.split('.');
  const inner: JsonValue = rest.length === 0 ? value : bodyAt(rest.join('.'), value);
  if (first === '*') return { web: inner };
  return first.endsWith('[]') ? { [first.slice(0, -2)]: [inner] } : { [first]: inner };
}

export interface Failure {
  code: string;
  message: string;
}

/** The error of Berth that `call` throws; null when it succeeds. Any other error fails the test. */
export function failure(call: () => unknown): Failure | null {
  try {
    call();
    return null;
  } catch (error) {
    if (error instanceof BerthError) return { code: error.code, message: error.message };
    throw error;
  }
}
