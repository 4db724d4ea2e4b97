import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { berthRun } from '../cli/berth/berth-run.ts';
import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, fleetUp } from '../fleet/fleet.ts';
import { type Berth, berthUp, dockerRun, type Tenant, until } from '../harness.ts';
import { jobCall, type RunRead } from './job-stage.ts';

let fleet: Fleet;
let berth: Berth;
let red: Tenant;
let v1: ReturnType<typeof jobCall>;

beforeAll(async () => {
  fleet = await fleetUp({ count: 1, name: 'jobs' });
  berth = await berthUp({ hosts: fleet.hosts, tenants: ['red'] });
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

const job = async (name: string, script: string, settings: object = {}) => {
  const spec = { image: 'busybox', args: ['sh', '-c', script], stopGracePeriod: '1s' };
  expect(await v1('POST', '/v1/jobs', { name, spec, ...settings })).toMatchObject({ status: 201 });
};
const runNow = async (name: string): Promise<RunRead> => {
  const { status, json } = await v1<RunRead>('POST', `/v1/jobs/${name}/run`);
  expect(status).toBe(201);
  return json;
};
const ended = async (name: string, number: number) => (await v1<RunRead>('GET', `/v1/jobs/${name}/runs/${number}?wait=30s`)).json;

describe('a job on a real engine', () => {
  it('runs to its end, keeps its log, and its container is the own one of the tenant', async () => {
    await job('hello', 'echo good morning');
    const { number } = await runNow('hello');
    const run = await ended('hello', number);
    expect(run).toMatchObject({ number: 1, state: 'succeeded', exitCode: 0, attempt: 1, log: 'good morning\n' });
    const { stdout } = await red.docker(['ps', '-a', '--no-trunc', '--filter', 'name=^hello\\.1\\.', '--format', '{{.ID}} {{.State}}']);
    expect(stdout.trim()).toBe(`${run.containerId} exited`);
  });

  it('tries a failed run again, and says why it gave up', async () => {
    await job('broken', 'echo no moon today; exit 3', { retries: 1 });
    const { number } = await runNow('broken');
    const run = await ended('broken', number);
    expect(run).toMatchObject({ state: 'failed', attempt: 2, exitCode: 3, reason: 'attempt 2 of 2: it exited with code 3' });
    expect(run.log).toContain('no moon today');
  });

  it('ends a run that takes too long', async () => {
    await job('slow', 'echo began; sleep 1000', { timeout: '15s' });
    const { number } = await runNow('slow');
    expect(await ended('slow', number)).toMatchObject({ state: 'failed', reason: 'it took longer than 15 seconds', log: 'began\n' });
    await until(async () => (await red.docker(['ps', '-q', '--filter', 'name=^slow\\.'])).stdout === '');
  });

  it('puts a new run in the place of one that goes on', async () => {
    await job('latest', 'sleep 1000', { concurrency: 'replace' });
    await runNow('latest');
    await until(async () => (await red.docker(['ps', '-q', '--filter', 'name=^latest\\.1\\.'])).stdout !== '');
    await runNow('latest');
    expect(await ended('latest', 1)).toMatchObject({ state: 'cancelled', reason: 'run 2 took its place' });
    await until(async () => {
      const { stdout } = await red.docker(['ps', '--filter', 'name=^latest\\.', '--format', '{{.Names}}']);
      return /^latest\.2\.\w+\n?$/.test(stdout);
    });
  });

  it('goes with its runs and their containers when it is deleted', async () => {
    expect(await v1('DELETE', '/v1/jobs/latest')).toMatchObject({ status: 202 });
    await until(async () => (await v1('GET', '/v1/jobs/latest')).status === 404);
    expect((await red.docker(['ps', '-aq', '--filter', 'name=^latest\\.'])).stdout).toBe('');
  });

  it('gives each run the secrets of its time, as files and variables, and shows them nowhere', async () => {
    const values = { old: `canary${crypto.randomUUID()}`, next: `canary${crypto.randomUUID()}` };
    const told = (value: string) => createHash('sha256').update(value).digest('hex');
    expect(await v1('PUT', '/v1/secrets/pass', { value: values.old })).toMatchObject({ status: 200 });
    // Waits for the word, then tells what it has by digests, and in plain what must not get into the log that Berth keeps.
    const script =
      'until [ -e /tmp/go ]; do sleep 0.1; done; for v in "$PASS" "$(cat /run/secrets/pass)"; do printf %s "$v" | sha256sum; done; echo "$PASS"';
    const secrets = [{ secret: 'pass' }, { secret: 'pass', env: 'PASS' }];
    const spec = { image: 'busybox', args: ['sh', '-c', script], stopGracePeriod: '1s', secrets };
    expect(await v1('POST', '/v1/jobs', { name: 'secretive', spec, concurrency: 'allow' })).toMatchObject({ status: 201 });
    const nameOf = async (number: number) => {
      let name = '';
      await until(async () => {
        name = (await red.docker(['ps', '--filter', `name=^secretive\\.${number}\\.`, '--format', '{{.Names}}'])).stdout.trim();
        return name !== '';
      });
      return name;
    };
    await runNow('secretive');
    const first = await nameOf(1);
    expect(await v1('PUT', '/v1/secrets/pass', { value: values.next })).toMatchObject({ status: 200 });
    expect(await v1('PATCH', '/v1/jobs/secretive', { spec })).toMatchObject({ status: 200 });
    await runNow('secretive');
    const second = await nameOf(2);
    const refused = await v1<{ detail: string }>('DELETE', '/v1/secrets/pass');
    expect(refused).toMatchObject({ status: 409, json: { detail: expect.stringContaining('used by secretive') } });
    const shown = [JSON.stringify(refused), (await red.docker(['inspect', first, second])).stdout];
    for (const name of [first, second]) await red.docker(['exec', name, 'touch', '/tmp/go']);
    for (const [number, value] of [values.old, values.next].entries()) {
      const run = await ended('secretive', number + 1);
      const digest = `${told(value)}  -\n`;
      expect(run).toMatchObject({ state: 'succeeded', log: `${digest}${digest}[secret]\n` });
      shown.push(JSON.stringify(run));
    }
    for (const path of ['/v1/jobs', '/v1/jobs/secretive', '/v1/secrets']) shown.push(JSON.stringify((await v1('GET', path)).json));
    const rows = await berth.server.app.db.execute('select row_to_json(r)::text as row from job_run r');
    shown.push(JSON.stringify(rows), JSON.stringify(berth.log));
    for (const value of Object.values(values)) expect(shown.find((text) => text.includes(value))?.slice(0, 300)).toBeUndefined();
    expect(await v1('DELETE', '/v1/jobs/secretive')).toMatchObject({ status: 202 });
    await until(async () => (await v1('GET', '/v1/jobs/secretive')).status === 404);
    const volumes = await dockerRun(['volume', 'ls', '-q'], fleet.hosts[0]?.dockerHostEnv ?? {});
    expect(volumes.stdout).not.toContain('berth-secrets-');
    expect(await v1('DELETE', '/v1/secrets/pass')).toMatchObject({ status: 204 });
  });

  it('is made, changed, run and removed by the berth command', async () => {
    const cli = (...args: string[]) => berthRun(args, { BERTH_URL: `http://127.0.0.1:${berth.server.httpPort}`, BERTH_TOKEN: red.token });
    const made = await cli(
      'jobs',
      'create',
      'typed',
      '--image',
      'busybox',
      '--command',
      'echo from the terminal',
      '--schedule',
      '0 0 1 1 *',
    );
    expect(made.stdout + made.stderr).toMatch(/^typed: made, runs next at \d{4}-01-01 00:00\n$/);
    await v1('PUT', '/v1/secrets/word', { value: 'moon' });
    const changed = await cli('jobs', 'update', 'typed', '--secret-env', 'WORD=word', '--env', 'TO=terminal', '--schedule', '0 0 2 1 *');
    expect(changed.stdout + changed.stderr).toMatch(/^typed: changed, runs next at \d{4}-01-02 00:00\n$/);
    expect((await v1<{ spec: object }>('GET', '/v1/jobs/typed')).json.spec).toMatchObject({
      ...{ args: ['echo', 'from', 'the', 'terminal'], env: { TO: 'terminal' }, secrets: [{ secret: 'word', env: 'WORD' }] },
    });
    const ran = await cli('jobs', 'run', 'typed');
    expect(ran.stdout + ran.stderr).toBe('  | from the terminal\ntyped: run 1 succeeded\n');
    expect((await cli('jobs', 'runs', 'typed')).stdout).toMatch(/^1 +succeeded +1 +[0-9a-f]{12} +request /m);
    expect((await cli('jobs', 'list')).stdout).toMatch(/^typed +active +0 0 2 1 \* /m);
    const failing = await cli('jobs', 'run', 'broken');
    expect(failing.code).toBe(1);
    expect(failing.stderr).toContain('broken: run 2 failed: attempt 2 of 2: it exited with code 3');
    expect((await cli('jobs', 'rm', 'typed')).stdout).toBe('typed: is being deleted\n');
  });
});
