import { BerthError } from '../domain/errors.ts';
import { deploymentSpecRows } from './deployment-spec.table.ts';
import { DockerWords } from './fields.ts';

/** Reads, and tells what the policy of containers says in the words of a deployment's spec. */
export function inSpecWords<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof BerthError)
      throw new BerthError(error.code, specWords(error instanceof DockerWords ? error.named : error.message), { cause: error });
    throw error;
  }
}

/** The field of this spec in place of the one of Docker's that a message begins with. */
function specWords(message: string): string {
  const [written = ''] = /^[A-Z]\w*(?:\.[^\s.[\]]+|\[\d+\])*/.exec(message) ?? [];
  const indexes = [...written.matchAll(/\[(\d+)\]/g)].map(([, index]) => index);
  const told = message.replace('docs/divergence.md', 'docs/deployments.md');
  const rule = written.replace(/\[\d+\]/g, '[]').replace(/(EndpointsConfig)\.[^.]+/, '$1.*');
  for (let path = rule; path !== ''; path = path.slice(0, Math.max(path.lastIndexOf('.'), path.lastIndexOf('['), 0))) {
    const row = deploymentSpecRows.find(({ create }) => create === path);
    if (row) return row.path.replace(/\[\]/g, () => (indexes.length > 0 ? `[${indexes.shift()}]` : '')) + told.slice(written.length);
  }
  return told;
}
