import type { TenantScope } from '../db/scope.ts';
import type { RevisionRow } from '../db/store/deployment.ts';
import {
  type SecretListed,
  type SecretVersionRow,
  secretDelete,
  secretPage,
  secretVersionInsert,
  secretVersionsOf,
} from '../db/store/secret.ts';
import { BerthError } from '../domain/errors.ts';
import type { SecretsGiven, SecretsPinned } from '../domain/secrets-given.ts';
import type { Seal } from '../vault/seal.ts';
import { tenantCipher } from './tenant-cipher.ts';

const mostSecrets = 500;
const mostBytes = 512 * 1024;
/** Linux takes no longer text for one variable of a new process: MAX_ARG_STRLEN, with the end mark. */
const mostEnvBytes = 128 * 1024 - 1;

/** Gives a secret its next value; who runs with an older one keeps that until its next revision. Throws `too_large`, `conflict`. */
export async function secretSet(seal: Seal, scope: TenantScope, name: string, value: Uint8Array<ArrayBuffer>): Promise<SecretVersionRow> {
  if (value.length > mostBytes) throw new BerthError('too_large', 'A secret holds at most 512 KiB.');
  const cipher = await tenantCipher(seal, scope);
  return secretVersionInsert(scope, name, mostSecrets, (secretId, number) => cipher.seal(value, boundTo(secretId, number)));
}

export function secretsRead(scope: TenantScope, after: string | null, limit: number): Promise<SecretListed[]> {
  return secretPage(scope, after, limit);
}

/** Throws `conflict` while a deployment or a job may run with it, `not_found`. */
export function secretRemove(scope: TenantScope, name: string): Promise<void> {
  return secretDelete(scope, name);
}

/** Opens what a revision or a run pinned, as its containers get it. Throws `unprocessable` for what was deleted meanwhile or cannot be a variable. */
export async function secretsOpen(seal: Seal, scope: TenantScope, { secrets, secretVersions }: SecretsPinned): Promise<SecretsGiven> {
  const given: SecretsGiven = { env: [], directories: [] };
  if (secrets.length === 0) return given;
  const cipher = await tenantCipher(seal, scope);
  const sealed = new Map((await secretVersionsOf(scope, Object.values(secretVersions))).map((row) => [row.id, row]));
  for (const { secret, as } of secrets) {
    const row = sealed.get(secretVersions[secret] ?? '');
    if (!row) throw secretGone(secret);
    const value = await cipher.open(row.sealed, boundTo(row.secretId, row.number));
    if ('env' in as) {
      given.env.push({ name: as.env, value: envText(secret, value) });
      continue;
    }
    const cut = as.file.lastIndexOf('/');
    const path = as.file.slice(0, cut);
    let directory = given.directories.find((one) => one.path === path);
    if (!directory) given.directories.push((directory = { path, files: [] }));
    directory.files.push({ name: as.file.slice(cut + 1), mode: as.mode, value });
  }
  return given;
}

/** Makes sure that a revision of earlier can run again. Throws `unprocessable`. */
export async function secretsCheck(scope: TenantScope, { secretVersions }: Pick<RevisionRow, 'secretVersions'>): Promise<void> {
  const pins = Object.entries(secretVersions);
  if (pins.length === 0) return;
  const kept = new Set((await secretVersionsOf(scope, Object.values(secretVersions))).map(({ id }) => id));
  const gone = pins.find(([, id]) => !kept.has(id));
  if (gone) throw secretGone(gone[0]);
}

function secretGone(name: string): BerthError {
  return new BerthError(
    'unprocessable',
    `secrets: the secret "${name}" was deleted. Set it again, and then release a new revision, or change the job, that uses it.`,
  );
}

/** A row's value opens in its own place alone. */
function boundTo(secretId: string, number: number): string {
  return `${secretId}/${number}`;
}

function envText(secret: string, value: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
    if (!text.includes('\0') && value.length <= mostEnvBytes) return text;
  } catch {
    // No text.
  }
  throw new BerthError(
    'unprocessable',
    `secrets: the secret "${secret}" cannot be a variable, which holds text of less than 128 KiB. Give it as a file.`,
  );
}
