import { dockerRun } from '../harness.ts';
import { median } from './load.ts';
import type { Line } from './report.ts';
import { ratio, rounds, timed } from './rounds.ts';
import type { Bench } from './subjects.ts';

const network = 'bench-own';
/** `network`: the engine itself, on a network with a DNS of its own, as each tenant's is: an engine takes longer to start a container there. */
const subjects = ['direct', 'network', 'Berth'] as const;

/** `docker run -d` with the real CLI, from its start to its end: beside the engine's plain one, and beside the like. */
export async function containerRunLines({ stage, host, quick }: Bench): Promise<Line[]> {
  await docker(['network', 'create', network], host.dockerHostEnv);
  const run = async (subject: (typeof subjects)[number]) => {
    const env = subject === 'Berth' ? stage.dockerEnv : host.dockerHostEnv;
    let id = '';
    const ms = await timed(async () => {
      id = await docker(['run', '-d', ...(subject === 'network' ? ['--network', network] : []), 'busybox', 'sleep', '1000'], env);
    });
    await docker(['rm', '-f', id], env);
    return ms;
  };
  await rounds(2, subjects, run);
  const samples = await rounds(quick ? 5 : 15, subjects, run);
  await docker(['network', 'rm', network], host.dockerHostEnv);
  const cell = (subject: (typeof subjects)[number]) => `${Math.round(median(samples[subject]))} ms`;
  const line = (what: string, beside: 'direct' | 'network', goal: string): Line => ({
    what,
    direct: cell(beside),
    haproxy: '',
    berth: cell('Berth'),
    toDirect: ratio(samples.Berth, samples[beside]),
    goal,
  });
  return [line('`docker run -d`', 'direct', 'at most 1.1 × direct'), line('the same; direct with `--network` of its own', 'network', '')];
}

async function docker(args: string[], env: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await dockerRun(args, env);
  if (code !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}
