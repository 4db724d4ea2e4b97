import { setTimeout as sleep } from 'node:timers/promises';
import type postgres from 'postgres';
import { engineCall } from './stage.ts';

interface ListedContainer {
  Id: string;
  Names: string[];
  Labels: Record<string, string>;
  State: string;
}

interface ContainerRow {
  id: string;
  tenant_id: string;
  host_id: string;
  name: string;
  engine_id: string | null;
  state: string;
  held: boolean;
  demand_memory_bytes: string;
  spec: { network: { mode: string } };
}

/** An engine to be asked past Berth. */
export interface CheckedEngine {
  hostId: string;
  /** `unix://…` */
  url: string;
}

/**
 * Everything that must hold when Berth has had time to settle, each broken rule as a sentence: what the rows say and what the engines
 * have is the same, in both directions.
 */
export async function violations(sql: postgres.Sql, engines: CheckedEngine[]): Promise<string[]> {
  const [{ id: installation } = { id: '' }] = await sql<{ id: string }[]>`select id from installation`;
  const rows = await sql<
    ContainerRow[]
  >`select id, tenant_id, host_id, name, engine_id, state, held, demand_memory_bytes, spec from container where state <> 'removed'`;
  const found: string[] = rows.filter(({ state }) => state !== 'created').map((row) => `container ${row.id} is still ${row.state}`);
  for (const engine of engines) {
    const own = rows.filter((row) => row.host_id === engine.hostId);
    found.push(...(await containersDiffer(engine, own, installation)), ...(await capacityDiffers(sql, engine, own)));
    found.push(...(await volumesDiffer(sql, engine)), ...(await networksDiffer(sql, engine, installation)));
  }
  return found;
}

/** Waits until a look finds no broken rule. Throws with those that time did not mend, each on a line. */
export async function rulesHold(look: () => Promise<string[]>, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    // A look may take long, and what it saw first is old by its end: the last one begins when the time is over.
    const last = Date.now() > end;
    const broken = await look();
    if (broken.length === 0) return;
    if (last) throw new Error(broken.join('\n'));
    await sleep(100);
  }
}

async function containersDiffer(engine: CheckedEngine, rows: ContainerRow[], installation: string): Promise<string[]> {
  const listed = await engineCall<ListedContainer[]>(engine, 'GET', '/containers/json?all=true');
  const ours = listed.filter(({ Labels }) => Labels?.['io.berth.installation'] === installation);
  const found: string[] = [];
  for (const { Id, Labels } of ours) {
    if (!rows.some((row) => row.id === Labels['io.berth.container'] && row.engine_id === Id))
      found.push(`an engine has ${Id.slice(0, 12)} of container ${Labels['io.berth.container']}, which no living row owns`);
  }
  for (const row of rows) {
    const same = ours.filter(({ Labels }) => Labels['io.berth.container'] === row.id);
    const [one] = same;
    if (same.length !== 1 || one === undefined) found.push(`container ${row.id} (${row.name}) is ${same.length} times on its engine`);
    else {
      if (one.Names[0] !== `/berth-${row.id}`) found.push(`container ${row.id} is called ${one.Names[0]} on its engine`);
      if (one.Labels['io.berth.tenant'] !== row.tenant_id) found.push(`container ${row.id} carries another tenant's label`);
      const alive = ['running', 'paused', 'restarting'].includes(one.State);
      if (alive !== row.held) found.push(`container ${row.id} is ${one.State} and its share of the host is ${row.held ? 'held' : 'free'}`);
      found.push(...(await aliasesDiffer(engine, row).catch((error: Error) => [error.message])));
    }
  }
  return found;
}

async function aliasesDiffer(engine: CheckedEngine, row: ContainerRow): Promise<string[]> {
  if (row.spec.network.mode !== 'networks') return [];
  const document = await engineCall<{ NetworkSettings: { Networks: Record<string, { Aliases: string[] | null }> } }>(
    engine,
    'GET',
    `/containers/${row.engine_id}/json`,
  );
  const networks = Object.entries(document.NetworkSettings.Networks);
  if (networks.length === 0) return [`container ${row.id} is on no network`];
  return networks
    .filter(([, { Aliases }]) => !Aliases?.includes(row.name))
    .map(([name]) => `container ${row.id} is not known as ${row.name} on ${name}`);
}

async function capacityDiffers(sql: postgres.Sql, { hostId }: CheckedEngine, rows: ContainerRow[]): Promise<string[]> {
  const [host] = await sql<{ reserved_memory_bytes: string }[]>`select reserved_memory_bytes from host where id = ${hostId}`;
  const held = rows.filter((row) => row.held).reduce((sum, row) => sum + Number(row.demand_memory_bytes), 0);
  return Number(host?.reserved_memory_bytes) === held
    ? []
    : [`${host?.reserved_memory_bytes} bytes of a host are reserved, and ${held} are held`];
}

async function volumesDiffer(sql: postgres.Sql, engine: CheckedEngine): Promise<string[]> {
  const rows = await sql<
    { engine_name: string; anonymous: boolean }[]
  >`select engine_name, anonymous from volume where host_id = ${engine.hostId}`;
  const { Volumes } = await engineCall<{ Volumes: { Name: string }[] | null }>(engine, 'GET', '/volumes');
  const present = new Set((Volumes ?? []).map(({ Name }) => Name));
  const owned = new Set(rows.map((row) => row.engine_name));
  return [
    ...rows
      .filter((row) => row.anonymous && !present.has(row.engine_name))
      .map((row) => `anonymous volume ${row.engine_name} is on no engine`),
    ...[...present].filter((name) => !owned.has(name)).map((name) => `an engine has volume ${name}, which no row owns`),
  ];
}

async function networksDiffer(sql: postgres.Sql, engine: CheckedEngine, installation: string): Promise<string[]> {
  const rows = await sql<
    { network_id: string; engine_id: string | null }[]
  >`select network_id, engine_id from network_realization where host_id = ${engine.hostId}`;
  const networks = await engineCall<{ Id: string; Labels: Record<string, string> | null }[]>(engine, 'GET', '/networks');
  const ours = networks.filter(({ Labels }) => Labels?.['io.berth.installation'] === installation);
  return [
    ...rows
      .filter((row) => row.engine_id !== null && !ours.some(({ Id }) => Id === row.engine_id))
      .map((row) => `network ${row.network_id} is not on its engine`),
    ...ours
      .filter(({ Labels }) => !rows.some((row) => row.network_id === Labels?.['io.berth.network']))
      .map(({ Labels }) => `an engine has network ${Labels?.['io.berth.network']}, which no row owns`),
  ];
}
