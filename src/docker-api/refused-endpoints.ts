import { commandRows } from './divergence-commands.ts';
import { pathParams } from './route-match.ts';

const refused = commandRows
  .filter(({ state }) => state === 'refused')
  .flatMap(({ routes, words }) => routes.map((route) => ({ words, method: route.split(' ')[0], pattern: route.split('/').slice(1) })));

/** Why an endpoint of an engine is not served, in the words of docs/divergence.md; null for what no engine has either. */
export function refusedWhy(method: string, segments: readonly string[]): string | null {
  return refused.find((one) => one.method === method && pathParams(one.pattern, segments) !== null)?.words ?? null;
}
