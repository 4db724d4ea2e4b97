import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { ownApi } from './api.ts';
import { type Command, jsonOption, textOption, UsageError } from './command.ts';
import { listPrint, timeShort } from './table.ts';

interface SecretListed {
  name: string;
  createdAt: string;
  versions: { version: number; createdAt: string }[];
  usedBy: string[];
}

/** The value is no argument: every process of a machine can read those of every other. */
export const secretsSetCommand: Command = {
  usage: 'secrets set NAME [--file FILE]',
  summary: 'set a secret from a file, or from what comes in at stdin; deployments take it with their next revision',
  arguments: ['NAME'],
  options: { file: { type: 'string' } },
  async run(given) {
    const [name = ''] = given.arguments;
    const file = textOption(given, 'file');
    if (file === undefined && process.stdin.isTTY)
      throw new UsageError('The value is read from --file, or from stdin: berth secrets set NAME < FILE');
    const value = file === undefined ? await buffer(process.stdin) : await fileRead(file);
    const body = { value: value.toString('base64'), encoding: 'base64' };
    const { version } = await ownApi().put<{ version: number }>(secretPath(name), body);
    console.log(`${name}: version ${version}`);
  },
};

export const secretsListCommand: Command = {
  usage: 'secrets list [--json]',
  summary: 'list secrets and who uses them; their values are never shown',
  arguments: [],
  options: { ...jsonOption },
  async run({ options }) {
    listPrint(await ownApi().all<SecretListed>('/v1/secrets'), options.json === true, {
      NAME: ({ name }) => name,
      VERSION: ({ versions }) => String(versions[0]?.version ?? '-'),
      SET: ({ versions, createdAt }) => timeShort(versions[0]?.createdAt ?? createdAt),
      'USED BY': ({ usedBy }) => usedBy.join(', ') || '-',
    });
  },
};

export const secretsRemoveCommand: Command = {
  usage: 'secrets rm NAME',
  summary: 'delete a secret that no deployment uses',
  arguments: ['NAME'],
  options: {},
  async run({ arguments: [name = ''] }) {
    await ownApi().delete(secretPath(name));
    console.log(`${name}: deleted`);
  },
};

function secretPath(name: string): string {
  return `/v1/secrets/${encodeURIComponent(name)}`;
}

async function fileRead(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UsageError(`--file: "${path}" cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}
