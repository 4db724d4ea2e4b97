import { access } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { fileReplace } from '../runtime/env-file.ts';
import { clientFilesMake } from './certificate.ts';
import { type Command, grantsOptions, grantsUsage, tenantOption, textOption, UsageError } from './command.ts';

export const certCreateCommand: Command = {
  usage: `cert create [NAME] [--out FOLDER] [--days 365] ${grantsUsage} [--tenant TENANT]`,
  summary: 'make a key and its client certificate: ca.pem, cert.pem, key.pem',
  arguments: ['[NAME]'],
  options: { out: { type: 'string' }, days: { type: 'string' }, ...grantsOptions, ...tenantOption },
  async run(given) {
    const name = given.arguments[0] ?? hostname();
    const folder = resolve(textOption(given, 'out') ?? '.');
    const there = await access(join(folder, 'key.pem')).then(
      () => true,
      () => false,
    );
    if (there) throw new UsageError(`There is a key.pem in ${folder} already. Name another folder with --out.`);
    const { files, dockerHost, expiresAt } = await clientFilesMake(given, name);
    for (const [file, pem] of Object.entries(files)) await fileReplace(join(folder, file), pem);
    console.log(`Wrote ${Object.keys(files).join(', ')} to ${folder}; good until ${expiresAt.slice(0, 10)}. To use them:`);
    console.log(
      `  export DOCKER_HOST=${dockerHost} DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH='${folder.replaceAll("'", `'\\''`)}' DOCKER_BUILDKIT=0`,
    );
  },
};
