import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { engineFind, engineStop } from '../../src/runtime/local/engine.ts';
import { engineAnswers } from '../../src/runtime/local/namespaced-engine.ts';
import { processRun } from '../../src/runtime/local/process.ts';
import { busyboxImageMake, imageLoad } from './busybox-image.ts';

let dataDir: string;
let log: string[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'berth-private-'));
  log = [];
});
afterEach(async () => {
  await engineStop({ dataDir, log: () => undefined });
  await rm(dataDir, { recursive: true });
});

const find = () => engineFind({ dataDir, env: {}, log: (line) => log.push(line) });
const docker = async (url: string, ...args: string[]) => (await processRun(['docker', '-H', url, ...args])).stdout.trim();
const machineHasDocker = await engineAnswers('/var/run/docker.sock');

describe.skipIf(machineHasDocker)('an engine that Berth starts for itself', () => {
  it('is one and the same for every start, and for two at once', async () => {
    const [one, two] = await Promise.all([find(), find()]);
    expect(one.hosts).toEqual([{ url: expect.stringMatching(/^unix:\/\/\/run\/berth-/), name: 'local', address: expect.any(String) }]);
    expect(two).toEqual(one);
    expect(await find()).toEqual(one);
    expect(log[0]).toContain('npm run stop ends it');
  });

  it('keeps images and containers over a stop, which removes everything from the machine', async () => {
    const before = (await find()).hosts[0]?.url ?? '';
    await imageLoad(before.slice('unix://'.length), await busyboxImageMake());
    await docker(before, 'run', '-d', '--name', 'kept', '--restart', 'always', '--stop-timeout', '0', 'busybox', 'sleep', '1000');
    const name = before.split('/')[4] ?? '';
    expect(await engineStop({ dataDir, log: () => undefined })).toBe(true);
    const machine = await Promise.all(
      [['ip', 'link'], ['ip', 'netns'], ['iptables-save'], ['cat', '/proc/mounts']].map((command) => processRun(command)),
    );
    expect(machine.map((result) => result.stdout).join('')).not.toContain(name);
    const after = (await find()).hosts[0]?.url ?? '';
    expect(await docker(after, 'ps', '--format', '{{.Names}}')).toBe('kept');
  });

  it('stands behind the network walls of a host', async () => {
    const name = (await find()).hosts[0]?.url.split('/')[4] ?? '';
    const { stdout } = await processRun(['nsenter', `--net=/run/netns/${name}`, 'iptables', '-S']);
    expect(stdout).toContain('-A INPUT -j BERTH-INPUT');
    for (const { address, family, internal } of Object.values(networkInterfaces()).flatMap((own) => own ?? [])) {
      if (family === 'IPv4' && !internal && !address.startsWith('10.213.')) expect(stdout).toContain(`-A BERTH-PRIVATE -d ${address}/32 `);
    }
  });

  it('has nothing to stop where none was started', async () => {
    expect(await engineStop({ dataDir, log: () => undefined })).toBe(false);
  });
});
