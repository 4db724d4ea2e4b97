import type { Random } from './random.ts';
import type { ServerProcess } from './server-process.ts';
import type { Ledger } from './workload.ts';

/** A client that creates, starts and removes over the wire until it is told to stop; a server that dies under it is no end of it. */
export async function wireLoad(server: ServerProcess, ledger: Ledger, random: Random, stopped: () => boolean): Promise<void> {
  const mine: { Id: string }[] = [];
  while (!stopped()) {
    try {
      if (mine.length > 2 || (mine.length > 0 && random.chance(0.4)))
        await remove(server, ledger, mine.splice(random.int(mine.length), 1)[0]?.Id ?? '');
      else mine.push(await run(server, ledger, random));
    } catch {
      // The connection was cut: what became of the request is what the suite is about.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function run(server: ServerProcess, ledger: Ledger, random: Random): Promise<{ Id: string }> {
  const autoRemove = random.chance(0.3);
  const short = random.chance(0.3);
  const json = {
    Image: 'busybox',
    Cmd: short ? ['true'] : ['sleep', '3600'],
    ...(random.chance(0.3) && { Volumes: { '/data': {} } }),
    HostConfig: { AutoRemove: autoRemove, Memory: 16 * 2 ** 20 },
  };
  const created = await server.call('POST', '/v1.41/containers/create', { json });
  if (created.status !== 201) throw new Error(created.text);
  const { Id } = created.json as { Id: string };
  const known = ledger.of({ engineId: Id, tenantId: 'default' });
  Object.assign(known, { exists: true, mayGo: autoRemove, mayEnd: short });
  const started = await server.call('POST', `/v1.41/containers/${Id}/start`);
  if (started.status === 204) known.runs = true;
  return { Id };
}

async function remove(server: ServerProcess, ledger: Ledger, engineId: string): Promise<void> {
  const known = ledger.of({ engineId, tenantId: 'default' });
  known.mayGo = true;
  const removed = await server.call('DELETE', `/v1.41/containers/${engineId}?force=true&v=true`);
  if (removed.status === 204) known.gone = true;
}
