import type { Ledger } from './workload.ts';

/** What clients were told and is not so. `states`: of everything on the engines, by id. */
export function promisesBroken(ledger: Ledger, states: Map<string, string>, containersDied: boolean): string[] {
  return ledger.all().flatMap((known) => {
    const id = known.engineId.slice(0, 12);
    const state = states.get(known.engineId);
    if (known.gone) return state === undefined ? [] : [`${id} is there, and its client was told that it is removed`];
    if (known.mayGo || !known.exists) return [];
    if (state === undefined) return [`${id} is lost, and nobody asked for that`];
    const stays = known.runs && !known.mayEnd && !containersDied;
    return stays && state !== 'running' ? [`${id} is ${state}, and its client was told that it runs`] : [];
  });
}
