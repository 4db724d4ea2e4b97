import { createHash } from 'node:crypto';
import { access, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileReplace } from '../runtime/env-file.ts';
import { clientFilesMake } from './certificate.ts';
import { type Command, grantsOptions, grantsUsage, tenantOption, UsageError } from './command.ts';

/** Source: docker/cli, cli/context/store: a context is a folder named by the SHA-256 of its name, its PEMs beside it by endpoint. */
export const contextCreateCommand: Command = {
  usage: `context create NAME [--days 365] ${grantsUsage} [--tenant TENANT]`,
  summary: 'make a docker context with a client certificate of its own',
  arguments: ['NAME'],
  options: { days: { type: 'string' }, ...grantsOptions, ...tenantOption },
  async run(given) {
    const [name = ''] = given.arguments;
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_.+-]{0,62}$/.test(name) || name === 'default') {
      throw new UsageError(`"${name}" cannot name a docker context: use letters, digits and _ . + - (and not "default").`);
    }
    const contexts = join(process.env.DOCKER_CONFIG || join(homedir(), '.docker'), 'contexts');
    const id = createHash('sha256').update(name).digest('hex');
    const meta = join(contexts, 'meta', id, 'meta.json');
    const there = await access(meta).then(
      () => true,
      () => false,
    );
    if (there) throw new UsageError(`There is a docker context "${name}" already. Remove it with: docker context rm ${name}`);

    const { files, dockerHost, expiresAt } = await clientFilesMake(given, name);
    const tls = join(contexts, 'tls', id);
    await rm(tls, { recursive: true, force: true });
    for (const [file, pem] of Object.entries(files)) await fileReplace(join(tls, 'docker', file), pem);
    // Last, since docker lists what has this file.
    await fileReplace(
      meta,
      JSON.stringify({ Name: name, Metadata: { Description: 'Berth' }, Endpoints: { docker: { Host: dockerHost, SkipTLSVerify: false } } }),
    );
    console.log(`Made the docker context ${name}; its certificate is good until ${expiresAt.slice(0, 10)}. To use it:`);
    console.log(`  docker context use ${name}`);
  },
};
