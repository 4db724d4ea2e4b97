import { databasePing } from '../db/ping.ts';
import type { SystemScope } from '../db/scope.ts';

const deadlineMs = 2_000;

/** True when the database answers in time. */
export async function databaseAnswers(system: SystemScope): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, deadlineMs, false);
  const answer = databasePing(system).then(
    () => true,
    () => false,
  );
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
