/** `npm run bench`: Berth beside the engine itself and HAProxy, written to docs/performance.md. `-- --quick` tries it out and writes nothing. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requirementsInstall, requirementsMissing } from '../setup/requirements.ts';
import { archiveLine } from './archive.ts';
import { containerRunLines } from './container-run.ts';
import { haproxyStart } from './haproxy.ts';
import { loadStart } from './load.ts';
import { inspectLine, listLine } from './reads.ts';
import { failoverLine, replicasLines } from './replicas.ts';
import { type Line, performanceMarkdown } from './report.ts';
import { stageUp } from './stage.ts';
import type { Bench } from './subjects.ts';

const quick = process.argv.includes('--quick');

await requirementsInstall(['bench']);
const missing = await requirementsMissing('bench');
if (missing.length > 0) {
  console.error(`The bench needs ${missing.join(', ')}.`);
  process.exit(1);
}
const lines = [...(await oneEngine()), ...(await threeEngines())];
const text = performanceMarkdown(lines, new Date(), quick);
if (!quick) await writeFile(join(import.meta.dirname, '../../docs/performance.md'), text);
console.log(text);

async function oneEngine(): Promise<Line[]> {
  const stage = await stageUp('bench', 1);
  const load = loadStart();
  try {
    const [host] = stage.fleet.hosts;
    if (!host) throw new Error('a fleet without a host');
    const proxy = await haproxyStart(join(stage.fleet.folder, 'haproxy'), host);
    const bench: Bench = { stage, host, proxy, load, quick };
    try {
      // The reads come last: a thousand containers make an engine slow.
      return [
        ...(await told(containerRunLines(bench))),
        ...(await told(archiveLine(bench))),
        ...(await told(replicasLines(bench))),
        ...(await told(inspectLine(bench))),
        ...(await told(listLine(bench, 10))),
        ...(await told(listLine(bench, 100))),
        ...(quick ? [] : await told(listLine(bench, 1000))),
      ];
    } finally {
      await proxy.stop();
    }
  } finally {
    load.stop();
    await stage.down();
  }
}

async function threeEngines(): Promise<Line[]> {
  const stage = await stageUp('bench-failover', 3);
  try {
    return await told(failoverLine(stage, quick));
  } finally {
    await stage.down();
  }
}

/** It takes minutes: whoever waits sees each row when it is there. */
async function told(measured: Promise<Line | Line[]>): Promise<Line[]> {
  const rows = [await measured].flat();
  for (const { what, direct, haproxy, berth } of rows)
    console.log([`after ${Math.round(performance.now() / 1000)} s: ${what}`, direct, haproxy, berth].filter(Boolean).join(' · '));
  return rows;
}
