import { text } from 'node:stream/consumers';
import { ownApi } from './api.ts';
import { type Command, jsonOption, textOption, UsageError } from './command.ts';
import { listPrint, timeShort } from './table.ts';

interface RegistryListed {
  registry: string;
  username: string;
  setAt: string;
}

/** The password is no argument: every process of a machine can read those of every other. */
export const registriesLoginCommand: Command = {
  usage: 'registries login REGISTRY [--username USER]',
  summary: 'keep the credential of a registry for deployments, jobs and builds: a password from stdin, or a token without --username',
  arguments: ['REGISTRY'],
  options: { username: { type: 'string' } },
  async run(given) {
    const [registry = ''] = given.arguments;
    const username = textOption(given, 'username');
    if (process.stdin.isTTY)
      throw new UsageError(`The password is read from stdin: berth registries login ${registry} --username USER < FILE`);
    const secret = (await text(process.stdin)).replace(/\r?\n$/, '');
    if (secret === '') throw new UsageError('What came in at stdin is empty. It is read as the password.');
    await ownApi().put(registryPath(registry), username === undefined ? { identityToken: secret } : { username, password: secret });
    console.log(`${registry}: kept`);
  },
};

export const registriesListCommand: Command = {
  usage: 'registries list [--json]',
  summary: 'list the registries whose credentials are kept; these are never shown',
  arguments: [],
  options: { ...jsonOption },
  async run({ options }) {
    listPrint(await ownApi().all<RegistryListed>('/v1/registries'), options.json === true, {
      REGISTRY: ({ registry }) => registry,
      USER: ({ username }) => username || '(token)',
      SET: ({ setAt }) => timeShort(setAt),
    });
  },
};

export const registriesLogoutCommand: Command = {
  usage: 'registries logout REGISTRY',
  summary: 'forget the credential of a registry',
  arguments: ['REGISTRY'],
  options: {},
  async run({ arguments: [registry = ''] }) {
    await ownApi().delete(registryPath(registry));
    console.log(`${registry}: forgotten`);
  },
};

function registryPath(registry: string): string {
  return `/v1/registries/${encodeURIComponent(registry)}`;
}
