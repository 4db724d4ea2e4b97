import type { LoadResult } from './load.ts';
import { median } from './load.ts';
import type { Line } from './report.ts';
import { ratio, rounds } from './rounds.ts';
import { callMust, type Stage } from './stage.ts';
import { type Bench, everybody, type Subject, targetOf } from './subjects.ts';

const connections = 8;
const listGoals: Record<number, string> = { 100: 'at most 0.25 × direct' };
const list = '/v1.41/containers/json?all=1';

/** One container that runs; it stays. */
export async function inspectLine(bench: Bench): Promise<Line> {
  const id = await containerMake(bench.stage);
  await callMust(bench.stage.server, 'POST', `/containers/${id}/start`);
  return readLine(bench, 'inspect', `/v1.41/containers/${id}/json`, 'at most 0.8 × HAProxy');
}

/** As many containers as are not there yet are created; they stay. */
export async function listLine(bench: Bench, count: number): Promise<Line> {
  const { server, containersAge } = bench.stage;
  let left = count - (await callMust(server, 'GET', list)).json.length;
  for (; left > 0; left -= connections) {
    await Promise.all(Array.from({ length: Math.min(connections, left) }, () => containerMake(bench.stage)));
    await containersAge();
  }
  return readLine(bench, `list of ${count.toLocaleString('en')}`, list, listGoals[count]);
}

async function readLine(bench: Bench, what: string, path: string, goal = ''): Promise<Line> {
  const read = (seconds: number) => (subject: Subject) => bench.load.run({ target: targetOf(bench, subject), path, connections, seconds });
  // The first one is to have everything in its caches, and the engine's answers in Berth's memory.
  await rounds(1, everybody, read(0.5));
  const samples = bench.quick ? await rounds(1, everybody, read(0.5)) : await rounds(5, everybody, read(2));
  const p50 = (subject: Subject) => samples[subject].map(({ p50Ms }) => p50Ms);
  return {
    what,
    direct: cell(samples.direct),
    haproxy: cell(samples.HAProxy),
    berth: cell(samples.Berth),
    toDirect: ratio(p50('Berth'), p50('direct')),
    toHaproxy: ratio(p50('Berth'), p50('HAProxy')),
    goal,
  };
}

function cell(results: LoadResult[]): string {
  const p50 = median(results.map(({ p50Ms }) => p50Ms));
  return `${p50.toFixed(2)} ms, ${Math.round(median(results.map(({ perSecond }) => perSecond))).toLocaleString('en')}/s`;
}

async function containerMake({ server }: Stage): Promise<string> {
  const { json } = await callMust(server, 'POST', '/v1.41/containers/create', {
    json: { Image: 'busybox', Cmd: ['sleep', '100000'], HostConfig: { Memory: 6 * 1024 * 1024, NanoCpus: 1e7 } },
  });
  return json.Id;
}
