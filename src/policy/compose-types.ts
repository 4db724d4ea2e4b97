import type { JsonObject } from './json.ts';

/** A stack as `PUT /v1/stacks/{stack}` takes it. */
export interface StackWish {
  networks: { name: string; internal: boolean; labels: Record<string, string> }[];
  volumes: { name: string; labels: Record<string, string> }[];
  /** In the order in which they begin. */
  deployments: { name: string; spec: JsonObject }[];
}

export interface ComposeContext {
  /** Of the stack: what it makes begins so. */
  stack: string;
  /** Env files that services name, by the path in the file, already read. */
  envFiles: ReadonlyMap<string, Record<string, string>>;
  /** Where an environment entry without a value gets one. */
  variables: Readonly<Record<string, string | undefined>>;
}

export interface ComposeNetwork {
  name: string;
  internal: boolean;
  external: boolean;
  labels: Record<string, string>;
}
