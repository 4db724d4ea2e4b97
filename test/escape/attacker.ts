import { type Tenant, until } from '../harness.ts';
import type { AttackerThings } from './corpus/corpus.ts';

/** A tenant's ordinary things on any engine, made over the wire from an image that it has. */
export async function attackerThings(tenant: Tenant, imageName: string): Promise<AttackerThings> {
  const must = async (method: string, path: string, options?: Parameters<Tenant['call']>[2]) => {
    const reply = await tenant.call(method, path, options);
    if (reply.status >= 400) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`);
    return reply;
  };
  const image = (await must('GET', `/images/${imageName}/json`)).json.Id;
  const network = (await must('POST', '/networks/create', { json: { Name: 'lan' } })).json.Id;
  await must('POST', '/volumes/create', { json: { Name: 'data' } });
  const create = async (name: string) =>
    (
      await must('POST', `/containers/create?name=${name}`, {
        json: { Image: imageName, Cmd: ['sleep', '3600'], HostConfig: { NetworkMode: 'lan', Binds: ['data:/data'] } },
      })
    ).json.Id;
  const container = await create('idle');
  const running = await create('busy');
  await must('POST', `/containers/${running}/start`);
  await until(async () => (await must('GET', `/containers/${running}/json`)).json.State.Running);
  const exec = (await must('POST', `/containers/${running}/exec`, { json: { Cmd: ['true'] } })).json.Id;
  return { container, running, exec, network, volume: 'data', image };
}
