import { dockerRun } from '../harness.ts';
import { median } from './load.ts';
import type { Line } from './report.ts';
import { ratio, rounds } from './rounds.ts';
import { type Bench, everybody, type Subject, targetOf } from './subjects.ts';

const sampleMs = 100;

/** A large file out of a container, and by how much the server's memory grows meanwhile. */
export async function archiveLine(bench: Bench): Promise<Line> {
  const { stage, load, quick } = bench;
  const megabytes = quick ? 64 : 512;
  const made = await dockerRun(['run', '-d', 'busybox', 'sleep', '1000'], stage.dockerEnv);
  const id = made.stdout.trim();
  const written = await dockerRun(['exec', id, 'dd', 'if=/dev/urandom', 'of=/large', 'bs=1M', `count=${megabytes}`], stage.dockerEnv);
  if (written.code !== 0) throw new Error(`no file to read: ${made.stderr}${written.stderr}`);
  const path = `/v1.41/containers/${id}/archive?path=/large`;
  const memory = { before: await stage.residentBytes(), most: 0 };
  const read = async (subject: Subject) => {
    const transfer = load.run({ target: targetOf(bench, subject), path, connections: 1, requests: 1 });
    if (subject === 'Berth') await memoryWatch(bench, transfer, memory);
    return (await transfer).bytesPerSecond / 1e6;
  };
  const samples = await rounds(quick ? 1 : 3, everybody, read);
  await dockerRun(['rm', '-f', id], stage.dockerEnv);
  const speed = (subject: Subject) => `${Math.round(median(samples[subject]))} MB/s`;
  const grown = Math.round((memory.most - memory.before) / 1e6);
  return {
    what: `archive of ${megabytes} MB`,
    direct: speed('direct'),
    haproxy: speed('HAProxy'),
    berth: `${speed('Berth')}, memory ${grown < 0 ? '−' : '+'}${Math.abs(grown)} MB`,
    toDirect: ratio(samples.Berth, samples.direct),
    toHaproxy: ratio(samples.Berth, samples.HAProxy),
    goal: 'at least 0.8 × HAProxy',
  };
}

async function memoryWatch({ stage }: Bench, transfer: Promise<unknown>, memory: { most: number }): Promise<void> {
  let over = false;
  const ended = transfer.finally(() => {
    over = true;
  });
  while (!over) {
    memory.most = Math.max(memory.most, await stage.residentBytes());
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, sampleMs))]);
  }
}
