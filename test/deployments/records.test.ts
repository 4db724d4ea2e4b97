import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordsExpire } from '../../src/app/record-remove.ts';
import { tenantDeleteBegin } from '../../src/db/store/tenant.ts';
import { berthRun } from '../cli/berth/berth-run.ts';
import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, fleetUp } from '../fleet/fleet.ts';
import { type Berth, berthUp, type Tenant, until } from '../harness.ts';
import { jobCall } from './job-stage.ts';
import { deploy, deployment, readyAwait, replicas, specOf } from './stage.ts';

interface RecordRead {
  containerId: string;
  name: string;
  deployment: string | null;
  revision: number | null;
  exitCode: number | null;
  log: { lines: number; truncated: boolean } | null;
}

interface Page {
  items: RecordRead[];
  next: string | null;
}

let fleet: Fleet;
let berth: Berth;
let red: Tenant;
let v1: ReturnType<typeof jobCall>;

beforeAll(async () => {
  fleet = await fleetUp({ count: 1, name: 'records' });
  berth = await berthUp({ hosts: fleet.hosts, tenants: ['red', 'blue'] });
  red = berth.tenants.red as Tenant;
  v1 = jobCall(berth, red);
  const loaded = await red.call('POST', '/images/load', {
    body: await busyboxImageMake(),
    headers: { 'Content-Type': 'application/x-tar' },
  });
  expect(loaded.status, loaded.text).toBe(200);
});
afterAll(async () => {
  await berth?.stop();
  await fleet?.down();
});

const berthCommand = (args: string[]) => berthRun(args, { BERTH_URL: `http://127.0.0.1:${berth.server.httpPort}`, BERTH_TOKEN: red.token });
const recordNamed = async (name: string): Promise<RecordRead> => {
  let found: RecordRead | undefined;
  await until(async () => {
    [found] = (await v1<{ items: RecordRead[] }>('GET', `/v1/records?name=${name}`)).json.items;
    return found !== undefined;
  });
  return found as RecordRead;
};
const logOf = async ({ containerId }: RecordRead) =>
  (await v1<{ lines: { stream: string; line: string }[]; truncated: boolean }>('GET', `/v1/records/${containerId}/log`)).json;
const ranAndRemoved = async (name: string, script: string) => {
  await red.docker(['run', '--name', name, 'busybox', 'sh', '-c', script]);
  await red.docker(['rm', name]);
  return recordNamed(name);
};

describe('a container that is gone', () => {
  it('leaves its last state and its log, with each line where it was written to', async () => {
    const record = await ranAndRemoved('said', 'echo out; sleep 0.1; echo err >&2; exit 3');
    expect(record).toMatchObject({ name: 'said', deployment: null, exitCode: 3, log: { lines: 2, truncated: false } });
    expect((await logOf(record)).lines).toMatchObject([
      { stream: 'stdout', line: 'out' },
      { stream: 'stderr', line: 'err' },
    ]);
    const shown = await berthCommand(['records', 'logs', 'said']);
    expect(shown).toMatchObject({ code: 0, stdout: 'out\n', stderr: 'err\n' });
  });

  it('leaves them as well when it was one that removes itself, or ran on a terminal, or was running', async () => {
    await red.docker(['run', '--rm', '-t', '--name', 'brief', 'busybox', 'echo', 'on a terminal']);
    const brief = await recordNamed('brief');
    expect(brief.exitCode).toBe(0);
    expect((await logOf(brief)).lines).toMatchObject([{ stream: 'stdout', line: 'on a terminal' }]);
    await red.docker(['run', '-d', '--name', 'forced', 'busybox', 'sleep', '1000']);
    await red.docker(['rm', '-f', 'forced']);
    expect((await recordNamed('forced')).exitCode).toBeNull();
  });

  it('leaves no more of a long log than its end', async () => {
    const record = await ranAndRemoved('long', 'seq 1 12000');
    expect(record.log).toEqual({ lines: 10_000, truncated: true });
    expect((await logOf(record)).lines.at(-1)).toMatchObject({ line: '12000' });
  });

  it('is found by the deployment that it was a replica of', async () => {
    const { id } = await deploy(
      berth,
      red,
      'web',
      specOf({ Cmd: ['sh', '-c', 'echo serving; exec sleep 1000'], StopTimeout: 0 }, { replicas: 1 }),
    );
    await readyAwait(berth, red, id);
    const [replica] = await replicas(berth, red, 'web');
    expect((await v1('DELETE', '/v1/deployments/web')).status).toBe(202);
    await until(async () => (await deployment(berth, red, id)) === undefined);
    const { items } = (await v1<{ items: RecordRead[] }>('GET', '/v1/records?deployment=web')).json;
    expect(items).toMatchObject([{ containerId: replica?.id, deployment: 'web', revision: 1 }]);
    expect((await logOf(items[0] as RecordRead)).lines).toMatchObject([{ line: 'serving' }]);
  });

  it('leaves nothing when it never ran', async () => {
    await red.docker(['create', '--name', 'still', 'busybox']);
    await red.docker(['rm', 'still']);
    await ranAndRemoved('after-still', 'true');
    expect((await v1<{ items: unknown[] }>('GET', '/v1/records?name=still')).json.items).toEqual([]);
  });
});

describe('records', () => {
  it('are read page by page, the newest first', async () => {
    for (const name of ['one', 'two', 'three']) await ranAndRemoved(name, 'true');
    const names: string[] = [];
    for (let cursor: string | null = ''; cursor !== null && names.length < 3; ) {
      const page: Page = (await v1<Page>('GET', `/v1/records?limit=1${cursor && `&cursor=${cursor}`}`)).json;
      names.push(...page.items.map(({ name }) => name));
      cursor = page.next;
    }
    expect(names).toEqual(['three', 'two', 'one']);
  });

  it('go, logs and all, when the tenant keeps them no longer, and are not made any more', async () => {
    expect((await v1<{ days: number }>('GET', '/v1/record-retention')).json).toEqual({ days: 7 });
    expect((await berthCommand(['records', 'retention', '0'])).stdout).toBe('no records are made\n');
    await recordsExpire(berth.server.app);
    expect((await v1<{ items: unknown[] }>('GET', '/v1/records')).json.items).toEqual([]);
    expect([...berth.blobs.held.keys()]).toEqual([]);
    await red.docker(['run', '--name', 'unseen', 'busybox', 'true']);
    await red.docker(['rm', 'unseen']);
    expect((await v1<{ items: unknown[] }>('GET', '/v1/records')).json.items).toEqual([]);
    await v1('PUT', '/v1/record-retention', { days: 7 });
  });

  it('hold up no removal while the store is away, and say that the log is missing', async () => {
    berth.blobs.failing = true;
    const record = await ranAndRemoved('lost', 'echo lost');
    berth.blobs.failing = false;
    expect(record.log).toBeNull();
    expect(await v1('GET', `/v1/records/${record.containerId}/log`)).toMatchObject({ status: 404 });
  });

  it("are a tenant's own, and read by nobody who only has the store", async () => {
    const record = await ranAndRemoved('private', 'echo a word that nobody else reads');
    const blue = jobCall(berth, berth.tenants.blue as Tenant);
    expect((await blue<{ items: unknown[] }>('GET', '/v1/records')).json.items).toEqual([]);
    for (const path of ['', '/log']) expect((await blue('GET', `/v1/records/${record.containerId}${path}`)).status).toBe(404);
    for (const bytes of berth.blobs.held.values()) expect(Buffer.from(bytes).toString('latin1')).not.toContain('nobody else');
  });

  it('go with the tenant', async () => {
    const green = berth.tenants.blue as Tenant;
    await green.call('POST', '/images/load', { body: await busyboxImageMake(), headers: { 'Content-Type': 'application/x-tar' } });
    await green.docker(['run', '--name', 'last', 'busybox', 'echo', 'bye']);
    await green.docker(['rm', 'last']);
    const theirs = () => [...berth.blobs.held.keys()].filter((name) => name.includes(green.id));
    expect(theirs()).toHaveLength(1);
    await tenantDeleteBegin(berth.server.app.system, green.id);
    await until(() => theirs().length === 0);
  });
});
