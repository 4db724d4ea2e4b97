/** Numbers that one seed always yields in the same order: mulberry32. */
export interface Random {
  /** 0 to below `limit`. */
  int(limit: number): number;
  pick<T>(from: readonly T[]): T;
  chance(probability: number): boolean;
}

export function randomMake(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (limit: number) => Math.floor(next() * limit);
  return { int, pick: (from) => from[int(from.length)] as (typeof from)[number], chance: (probability) => next() < probability };
}
