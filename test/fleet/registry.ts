import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { namespacedNetworkUp } from '../../src/runtime/local/namespaced-network.ts';
import { conditionMet } from '../../src/runtime/local/process.ts';
import type { Fleet } from './fleet.ts';
import { registryRemove } from './registry-down.ts';

/** Where `registryUp` will listen. An engine must know it as insecure when it starts, so this range goes into `fleetUp`'s `insecureRegistries`. */
export const registryRange = '10.213.0.0/16';

export interface Registry {
  /** host:port, as the first part of an image's name. */
  address: string;
  down(): Promise<void>;
}

/**
 * Debian's docker-registry, a real one, in a namespace of its own: every host of the fleet reaches it, and nobody else.
 * With `htpasswd` (lines with bcrypt hashes) it serves only those who log in. Plain http, so the fleet has to be made with `insecureRegistries: [registryRange]`. It ends with the fleet at the latest.
 */
export async function registryUp(fleet: Fleet, options: { htpasswd?: string } = {}): Promise<Registry> {
  const folder = join(fleet.folder, 'registry');
  await mkdir(folder, { recursive: true });
  // Written before it is made, so that whoever cleans up finds it.
  const name = `berth-${randomBytes(4).toString('hex')}`;
  await writeFile(join(folder, 'name'), name);
  const network = await namespacedNetworkUp(name);
  const address = `${network.address}:5000`;
  const config = {
    version: '0.1',
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: { addr: address },
    ...(options.htpasswd === undefined ? {} : { auth: { htpasswd: { realm: 'registry', path: join(folder, 'htpasswd') } } }),
  };
  await writeFile(join(folder, 'htpasswd'), options.htpasswd ?? '');
  // JSON is YAML.
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config));
  const logFile = await open(join(folder, 'registry.log'), 'a');
  const command = ['docker-registry', 'serve', join(folder, 'config.yml')];
  const child = spawn('nsenter', [`--net=${network.namespace}`, ...command], { stdio: ['ignore', logFile.fd, logFile.fd], detached: true });
  let ended = false;
  child.once('error', () => (ended = true)).once('exit', () => (ended = true));
  child.unref();
  await logFile.close();
  await writeFile(join(folder, 'pid'), String(child.pid));
  const answers = () =>
    fetch(`http://${address}/v2/`).then(
      (response) => response.ok || response.status === 401,
      () => false,
    );
  if (!(await conditionMet(async () => ended || (await answers()), 20_000)) || ended) {
    const words = await readFile(join(folder, 'registry.log'), 'utf8');
    await registryRemove(folder);
    throw new Error(`docker-registry did not start: ${words.trim()}`);
  }
  return {
    address,
    down: () => registryRemove(folder),
  };
}
