import { median } from './load.ts';

/** What one subject (`direct`, `HAProxy`, `Berth`) took, round by round. */
export type Samples<Subject extends string, T> = Record<Subject, T[]>;

/** Every subject once a round, in turn: a machine that grows slower grows slower for all of them. */
export async function rounds<Subject extends string, T>(
  count: number,
  subjects: readonly Subject[],
  run: (subject: Subject) => Promise<T>,
): Promise<Samples<Subject, T>> {
  const samples = Object.fromEntries(subjects.map((subject) => [subject, [] as T[]])) as Samples<Subject, T>;
  for (let round = 0; round < count; round++) for (const subject of subjects) samples[subject].push(await run(subject));
  return samples;
}

/** The median of the rounds' own ratios. */
export function ratio(over: readonly number[], under: readonly number[]): number {
  return median(over.map((value, round) => value / (under[round] ?? Number.NaN)));
}

/** How long it took, in ms. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}
