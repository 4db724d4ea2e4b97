import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineFind } from '../../src/runtime/local/engine.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-hosts-'));
  for (const kind of ['ca', 'cert', 'key']) await writeFile(join(folder, `${kind}.pem`), `the ${kind}`);
});
afterAll(() => rm(folder, { recursive: true }));

const found = (list: string) => engineFind({ dataDir: folder, env: { BERTH_HOSTS: list }, log: () => undefined });

describe('BERTH_HOSTS', () => {
  it('names sockets and TLS hosts, with their certificates', async () => {
    const { hosts } = await found(`unix:///run/a.sock, tcp://10.0.0.1:2376?certs=${folder}&name=one,tcp://h.example:2376?certs=${folder}`);
    const certs = { ca: 'the ca', cert: 'the cert', key: 'the key' };
    expect(hosts).toEqual([
      { url: 'unix:///run/a.sock', name: 'local' },
      { url: 'tcp://10.0.0.1:2376', certs, name: 'one' },
      { url: 'tcp://h.example:2376', certs, name: 'h.example' },
    ]);
  });
});

describe('a wrong entry is an error that names it', () => {
  it.each([
    ['nonsense', 'should be unix:///path'],
    ['http://h:1', "'http://' is not known"],
    ['unix://run/docker.sock', 'three slashes'],
    ['tcp://h?certs=/x', 'needs a host and a port'],
    ['tcp://h:2376', 'needs ?certs=/folder'],
    ['tcp://h:2376?certs=/nowhere', 'ca.pem in its certs folder cannot be read'],
    ['tcp://h:2376?cert=/x', "'cert' is unknown"],
    ['unix:///a?name=', 'name is empty'],
  ])('%s', async (entry, why) => {
    const error = await found(`unix:///run/good.sock,${entry}`).catch((reason) => reason);
    expect(error.code).toBe('malformed');
    expect(error.message).toContain(`'${entry}'`);
    expect(error.message).toContain(why);
  });

  it('two hosts of one name', async () => {
    await expect(found('unix:///a?name=x,unix:///b?name=x')).rejects.toThrow("two hosts with the name 'x'");
  });
});
