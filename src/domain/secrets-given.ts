import type { SecretUse } from './deployment-spec.ts';

/** What containers of a revision or a run are given: each secret in the version that it had when that was made. */
export interface SecretsPinned {
  secrets: SecretUse[];
  /** By the secret's name, the id of the version. */
  secretVersions: Record<string, string>;
}

/** Open secrets on their way into one container. Held in memory for that moment: in no row, no log, no error. */
export interface SecretsGiven {
  env: { name: string; value: string }[];
  /** Each a mount of its own, since no engine mounts single files of a volume in every version we serve. */
  directories: SecretDirectory[];
}

export interface SecretDirectory {
  /** Absolute, in the container. */
  path: string;
  files: { name: string; mode: number; value: Uint8Array }[];
}
