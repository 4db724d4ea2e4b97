import { readFile } from 'node:fs/promises';
import { tokenMint } from '../../src/auth/token.ts';
import { operatorTokenInsert } from '../../src/db/store/credential.ts';
import { type Quota, quotaDefaults } from '../../src/domain/quota.ts';
import { deploy, readyAwait, specOf } from '../deployments/stage.ts';
import { containerRun } from '../docker-api/wire-up.ts';
import { type FakeEngine, fakeEngineStart } from '../fakes/engine/engine.ts';
import { stalledRegistryUp } from '../fakes/registry-stalled.ts';
import { type Berth, berthUp, type Tenant, until } from '../harness.ts';
import { tarOf } from '../pure/images/tar-maker.ts';
import { keptIn, type World } from './kinds.ts';

export interface Stage {
  engine: FakeEngine;
  berth: Berth;
  red: Tenant;
  /** Red's; blue's is made when it is asked for. */
  world: World;
  worldOf(tenant: Tenant): Promise<World>;
  /** Calls that the engine has not ended, but for those by which Berth follows it and its deployments. */
  calls(): string[];
  /** Waits until the server holds nothing for any client: no stream, no call to the engine, no connection. */
  settled(): Promise<void>;
  /** What red may have at once; from the answer on it holds. */
  quotaSet(quota: Partial<Quota>): Promise<void>;
  /** As the operator. Throws for any status but 2xx. */
  rest(method: string, path: string, json?: object): Promise<string>;
  down(): Promise<void>;
}

/** A Berth before a fake engine, with tenants red and blue. */
export async function stageUp(): Promise<Stage> {
  const engine = await fakeEngineStart({ listen: 'tcp' });
  const registry = await stalledRegistryUp();
  const berth = await berthUp({ hosts: [{ name: 'one', url: engine.url }], registries: [registry.address] });
  const { enginePort, httpPort } = berth.server;
  const red = berth.tenants.red as Tenant;
  const minted = await tokenMint();
  await operatorTokenInsert(berth.server.app.system, { name: 'operator', hash: minted.hash, prefix: minted.prefix, expiresAt: null });
  const rest = async (method: string, path: string, json?: object) => {
    const reply = await fetch(`http://127.0.0.1:${httpPort}${path}`, {
      method,
      headers: { authorization: `Bearer ${minted.text}`, ...(json && { 'content-type': 'application/json' }) },
      body: json && JSON.stringify(json),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return text;
  };
  const quotaSet = async (quota: Partial<Quota>) => void (await rest('PATCH', `/v1/tenants/${red.id}`, { quota }));
  const calls = () => engine.underWay().filter((call) => !/^GET \/(events|_ping|.*\/json)$/.test(call));
  const heldWhat = async () => {
    const counts = [...(await rest('GET', '/metrics')).matchAll(/^berth_streams_open\{.*\} (\d+)$/gm)];
    const streams = counts.reduce((sum, [, count]) => sum + Number(count), 0);
    return { streams, calls: calls(), clients: (await connectionRows(enginePort)).length, layers: registry.underWay() };
  };
  const worldOf = async (tenant: Tenant): Promise<World> => {
    const body = Buffer.from(tarOf([{ name: 'a', content: 'a' }]));
    await tenant.call('POST', '/images/create?fromSrc=-&repo=busybox&tag=latest', {
      body,
      headers: { 'Content-Type': 'application/x-tar' },
    });
    await tenant.call('POST', `/images/busybox/tag?repo=${keptIn(registry.address)}&tag=latest`);
    const box = await containerRun(tenant, ['cat'], { OpenStdin: true });
    const terminal = await containerRun(tenant, ['cat'], { OpenStdin: true, Tty: true });
    const { id: deployment } = await deploy(berth, tenant, 'web', specOf({ Cmd: ['sleep', '3600'] }, { replicas: 1 }));
    await readyAwait(berth, tenant, deployment);
    return { tenant, enginePort, httpPort, box, terminal, deployment, registry: registry.address };
  };
  return {
    ...{ engine, berth, red, world: await worldOf(red), worldOf, calls, quotaSet, rest },
    async settled() {
      let held = await heldWhat();
      const nothing = async () => {
        // An engine learns that an attached client has left when it has something to say to it: half closed looks the same.
        for (const { stdio } of engine.containers.values()) stdio.output(1, Buffer.from('.'));
        held = await heldWhat();
        return held.streams + held.calls.length + held.clients + held.layers.length === 0;
      };
      await until(nothing).catch(() => {
        throw new Error(`still held: ${JSON.stringify(held)}`);
      });
      // One call is all it may have open, so none is counted that is over.
      await quotaSet({ streams: 1 });
      const alone = await red.call('GET', '/v1.47/info');
      await quotaSet({ streams: quotaDefaults.streams });
      if (alone.status !== 200) throw new Error(`calls are still counted as open: ${alone.text}`);
    },
    async down() {
      await berth.stop();
      await engine.stop();
      await registry.down();
    },
  };
}

/**
 * Of the connections that a process here holds on a port of its own, the rows of /proc/net/tcp (Linux, Documentation/networking/
 * proc_net_tcp.rst). One without an inode is closed, and the kernel waits for the other end.
 */
export async function connectionRows(port: number): Promise<string[][]> {
  const local = `:${port.toString(16).padStart(4, '0').toUpperCase()}`;
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/self/net/${name}`, 'utf8')));
  const rows = tables.flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)));
  const listening = '0A';
  return rows.filter((fields) => fields[1]?.endsWith(local) && fields[3] !== listening && fields[9] !== '0');
}
