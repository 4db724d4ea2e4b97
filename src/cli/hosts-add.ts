import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { operatorApi } from './api.ts';
import { type Command, type Given, textOption, UsageError } from './command.ts';

export const hostsAddCommand: Command = {
  usage: 'hosts add NAME ADDRESS [--certs FOLDER] [--label KEY=VALUE]…',
  summary: 'add a host: tcp://host:port with --certs, or unix:///path (operator)',
  arguments: ['NAME', 'ADDRESS'],
  options: { certs: { type: 'string' }, label: { type: 'string', multiple: true } },
  async run(given) {
    const [name, url] = given.arguments;
    const folder = textOption(given, 'certs');
    const tls = folder === undefined ? undefined : await certsRead(folder);
    const host = await operatorApi().post<{ id: string }>('/v1/hosts', { name, url, tls, labels: labelsRead(given) });
    console.log(host.id);
  },
};

/** As dockerd's and docker's own documents name them. */
async function certsRead(folder: string): Promise<Record<'ca' | 'cert' | 'key', string>> {
  const read = (kind: string) =>
    readFile(join(folder, `${kind}.pem`), 'utf8').catch(() => {
      throw new UsageError(`${join(folder, `${kind}.pem`)} cannot be read. --certs takes a folder with ca.pem, cert.pem and key.pem.`);
    });
  return { ca: await read('ca'), cert: await read('cert'), key: await read('key') };
}

function labelsRead(given: Given): Record<string, string> {
  const labels = given.options.label;
  const pairs = (Array.isArray(labels) ? labels : []).map((label) => {
    const [, key = '', value = ''] = /^([^=]+)=(.*)$/.exec(String(label)) ?? [];
    if (key === '') throw new UsageError(`--label takes KEY=VALUE, not "${label}".`);
    return [key, value];
  });
  return Object.fromEntries(pairs);
}
