import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { databaseOpen } from '../db/client.ts';
import { databaseMigrate } from '../db/migrate.ts';
import { systemScope } from '../db/scope.ts';
import { wrappedKeyOpen } from '../vault/key-wrap.ts';
import type { Config } from './config.ts';
import { fileReplace } from './env-file.ts';
import { migrationsFolder } from './package.ts';

/** The installation's key: given, or kept under a key of KMS, or in a file that is made at the first start. Without it nothing sealed can be opened. */
export async function keyOpen({ key, kmsKey, dataDir }: Config, databaseUrl: string): Promise<string> {
  const path = join(dataDir, 'key');
  const present = key ?? (await readFile(path, 'utf8').catch(() => undefined))?.trim();
  if (kmsKey !== undefined) return kmsKeyOpen(kmsKey, databaseUrl, present);
  if (present !== undefined) return present;
  const made = randomBytes(32).toString('base64');
  await fileReplace(path, `${made}\n`);
  return made;
}

async function kmsKeyOpen(kmsKey: string, databaseUrl: string, present: string | undefined): Promise<string> {
  await databaseMigrate(databaseUrl, migrationsFolder);
  const client = databaseOpen(databaseUrl, { max: 1 });
  try {
    // The SDK takes longer to load than all else, so it is loaded only where it is used.
    const { kmsWrap } = await import('./kms-aws.ts');
    return await wrappedKeyOpen(systemScope(client.db), kmsWrap(kmsKey), present);
  } finally {
    await client.close();
  }
}
