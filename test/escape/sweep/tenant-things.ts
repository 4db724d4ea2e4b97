import { type Tenant, until } from '../../harness.ts';
import { tarOf } from '../../pure/images/tar-maker.ts';

export type IdKind = 'container' | 'exec' | 'network' | 'volume' | 'image';

/** Every way to write what a tenant has, by kind: id, prefix, name. */
export type Identifiers = Record<IdKind, string[]>;

export interface TenantThings {
  identifiers: Identifiers;
  /** Texts that nobody else may ever read: names, ids, labels, commands. */
  secrets: string[];
}

/** One of everything that the Docker endpoint serves, under names that only this tenant knows. */
export async function tenantThings(tenant: Tenant, word: string): Promise<TenantThings> {
  const must = async (method: string, path: string, options?: Parameters<Tenant['call']>[2]) => {
    const reply = await tenant.call(method, path, options);
    if (reply.status >= 400) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`);
    return reply;
  };
  const image = `${word}-image:latest`;
  const body = Buffer.from(tarOf([{ name: word, content: word }]));
  await must('POST', `/images/create?fromSrc=-&repo=${word}-image&tag=latest&message=${word}`, {
    body,
    headers: { 'Content-Type': 'application/x-tar' },
  });
  const imageId = (await must('GET', `/images/${image}/json`)).json.Id;
  const networkId = (await must('POST', '/networks/create', { json: { Name: `${word}-net`, Labels: { [`${word}-label`]: word } } })).json
    .Id;
  await must('POST', '/volumes/create', { json: { Name: `${word}-vol`, Labels: { [`${word}-label`]: word } } });
  const spec = {
    Image: image,
    Cmd: ['sleep', '3600'],
    Env: [`WORD=${word}`],
    Labels: { [`${word}-label`]: word },
    HostConfig: { NetworkMode: `${word}-net`, Binds: [`${word}-vol:/data`] },
  };
  const id = (await must('POST', `/containers/create?name=${word}-web`, { json: spec })).json.Id;
  await must('POST', `/containers/${id}/start`);
  await until(async () => (await must('GET', `/containers/${id}/json`)).json.State.Running);
  const execId = (await must('POST', `/containers/${id}/exec`, { json: { Cmd: ['true', word] } })).json.Id;
  const hex = imageId.slice('sha256:'.length);
  return {
    identifiers: {
      container: [id, id.slice(0, 12), id.slice(0, 6), `${word}-web`, `/${word}-web`],
      exec: [execId, execId.slice(0, 12)],
      network: [networkId, networkId.slice(0, 12), networkId.slice(0, 6), `${word}-net`],
      volume: [`${word}-vol`],
      image: [imageId, hex, hex.slice(0, 12), `sha256:${hex.slice(0, 12)}`, image, `${word}-image`, `docker.io/library/${image}`],
    },
    secrets: [word, id.slice(0, 12), execId.slice(0, 12), networkId.slice(0, 12), hex.slice(0, 12), tenant.id],
  };
}

/** An identifier of the same shape that never was anybody's: hex stays hex, letters stay letters, marks stay where they are. */
export function ghostOf(identifier: string): string {
  const name = identifier.replace(/^sha256:/, '');
  const letters = /^[0-9a-f]{3,64}$/.test(name) ? '0123456789abcdef' : 'bcdfghjkmnpqrstvwz';
  const marks = /^(docker\.io\/library\/)|[^a-z0-9]|latest$/;
  const parts = identifier.split(/(sha256:|docker\.io\/library\/|-web|-net|-vol|-image|:latest$)/);
  return parts
    .map((part, i) =>
      i % 2 === 1 || part === '' || marks.test(part)
        ? part
        : Array.from(part, () => letters[Math.floor(Math.random() * letters.length)]).join(''),
    )
    .join('');
}
