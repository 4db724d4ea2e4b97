import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { namespacedNetworkDown } from '../../src/runtime/local/namespaced-network.ts';
import { processCommand, processEnded, processSignal } from '../../src/runtime/local/process.ts';

/** Removes the registry whose state is in `folder`, also after the process that made it was killed. None is no error. */
export async function registryRemove(folder: string): Promise<void> {
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8').catch(() => '0'));
  // The number may belong to another process by now; ours names this folder.
  if (pid && (await processCommand(pid)).includes(join(folder, 'config.yml'))) {
    processSignal(pid, 'SIGKILL');
    await processEnded(pid, 5000);
  }
  const name = await readFile(join(folder, 'name'), 'utf8').catch(() => undefined);
  if (name !== undefined) await namespacedNetworkDown(name);
  await rm(folder, { recursive: true, force: true });
}
