import { describe, expect, it } from 'vitest';
import { refusal, type Subject } from './subject.ts';

const MiB = 1024 ** 2;

export function updateContract(subject: Subject): void {
  describe('an update', () => {
    it('changes the limits and the restart policy of a running container, and of no field that is 0', async () => {
      const { id, path } = await subject.running({ HostConfig: { Memory: 64 * MiB, MemorySwap: 64 * MiB, CpuShares: 512 } });
      const watch = await subject.events();
      const wish = { Memory: 96 * MiB, MemorySwap: 96 * MiB, CpuShares: 0, RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 } };
      expect(await subject.wire.post(`${path}/update`, wish)).toMatchObject({ status: 200, json: { Warnings: null } });
      expect((await subject.wire.get(`${path}/json`)).json.HostConfig).toMatchObject({
        ...{ Memory: 96 * MiB, CpuShares: 512, RestartPolicy: wish.RestartPolicy },
      });
      await watch.actions(id, 'container update');
    });

    it('of a container that is none is refused', async () => {
      expect(refusal(await subject.wire.post('/containers/absent/update', { CpuShares: 2 }))).toEqual([404, 'No such container: absent']);
    });
  });

  describe('the changes of a container', () => {
    it('are null while there are none', async () => {
      const { path } = await subject.container({});
      expect(await subject.wire.get(`${path}/changes`)).toMatchObject({ status: 200, json: null });
    });
  });

  describe('what an engine takes of its disk', () => {
    it('is told by volume', async () => {
      const name = await subject.volume();
      await subject.container({ HostConfig: { Binds: [`${name}:/x`] } });
      const { Volumes } = (await subject.wire.get('/system/df')).json;
      expect(Volumes.find(({ Name }: { Name: string }) => Name === name).UsageData).toEqual({ Size: 0, RefCount: 1 });
    });
  });
}
