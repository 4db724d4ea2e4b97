import { describe, expect, it } from 'vitest';
import { refusal, type Subject } from './subject.ts';

export function containerContract(subject: Subject): void {
  const absent = 'No such container: absent';

  describe('containers', () => {
    it('are found by id, by name, and by a prefix of the id', async () => {
      const { id, name } = await subject.container({});
      for (const ref of [id, name, id.slice(0, 12), id.slice(0, 8)]) {
        expect((await subject.wire.get(`/containers/${ref}/json`)).json).toMatchObject({ Id: id });
      }
    });

    it('take command and environment from the image where the request has none', async () => {
      const { path, id } = await subject.container({ Env: ['MINE=1'] });
      const { json } = await subject.wire.get(`${path}/json`);
      expect(json).toMatchObject({ Path: 'sh', Args: [], Config: { Cmd: ['sh'], Hostname: id.slice(0, 12), Labels: {} } });
      expect(json.Config.Env).toEqual(['MINE=1', expect.stringMatching(/^PATH=/)]);
    });

    it('show what was asked in HostConfig, with the engine’s own defaults beside it', async () => {
      const { path } = await subject.container({
        HostConfig: { Memory: 67_108_864, RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 } },
        Unknown: 1,
      });
      const { json } = await subject.wire.get(`${path}/json`);
      expect(json.HostConfig).toMatchObject({
        Memory: 67_108_864,
        MemorySwap: 134_217_728,
        ShmSize: 67_108_864,
        NetworkMode: 'default',
        IpcMode: 'private',
      });
      expect(json.Config).not.toHaveProperty('Unknown');
    });

    it('are listed newest first, those that run or all of them, by label, name, status and limit', async () => {
      const label = subject.name();
      const first = await subject.running({ Labels: { [label]: 'a' } });
      const second = await subject.container({ Labels: { [label]: 'b' } });
      const list = async (query: string, filters: Record<string, string[]>) => {
        const { json } = await subject.wire.get(`/containers/json?${query}&filters=${encodeURIComponent(JSON.stringify(filters))}`);
        return json.map(({ Id }: { Id: string }) => Id);
      };
      expect(await list('', { label: [label] })).toEqual([first.id]);
      expect(await list('all=1', { label: [label] })).toEqual([second.id, first.id]);
      expect(await list('all=1', { label: [`${label}=b`] })).toEqual([second.id]);
      expect(await list('', { label: [label], status: ['created'] })).toEqual([second.id]);
      expect(await list('all=1', { name: [`^/?${first.name}$`] })).toEqual([first.id]);
      expect(await list('all=1', { id: [second.id.slice(0, 12)] })).toEqual([second.id]);
      expect(await list('all=1&limit=1', { label: [label] })).toEqual([second.id]);
      expect(await list('all=1', { label: [label], before: [second.name] })).toEqual([first.id]);
    });

    it('are renamed, and the old name is free again', async () => {
      const { path, name } = await subject.container({});
      const renamed = subject.name();
      expect(await subject.wire.post(`${path}/rename?name=${renamed}`)).toMatchObject({ status: 204 });
      expect((await subject.wire.get(`/containers/${renamed}/json`)).json).toMatchObject({ Name: `/${renamed}` });
      await subject.container({}, name);
    });

    it('are removed', async () => {
      const { path, id } = await subject.container({});
      expect(await subject.wire.delete(path)).toMatchObject({ status: 204 });
      expect(refusal(await subject.wire.delete(path))).toEqual([404, `No such container: ${id}`]);
    });
  });

  describe('containers, when the request is wrong', () => {
    it.each([
      ['x', 'Invalid container name (x), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed'],
      ['b%20b', 'Invalid container name (b b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed'],
    ])('refuse the name %s', async (name, message) => {
      expect(refusal(await subject.wire.post(`/containers/create?name=${name}`, { Image: 'busybox' }))).toEqual([400, message]);
    });

    it.each([
      ['an image that is not there', { Image: 'absent' }, 404, 'No such image: absent:latest'],
      ['nothing', {}, 400, 'Config cannot be empty in order to create a container'],
      ['a runtime that is not there', { Image: 'busybox', HostConfig: { Runtime: 'absent' } }, 400, 'Unknown runtime specified absent'],
    ])('refuse %s', async (_what, body, status, message) => {
      expect(refusal(await subject.wire.post('/containers/create', body))).toEqual([status, message]);
    });

    it('refuse no body at all', async () => {
      expect(refusal(await subject.wire.post('/containers/create'))).toEqual([500, 'EOF']);
    });

    it('refuse a name that is taken, and say by whom', async () => {
      const { id, name } = await subject.container({});
      const other = await subject.container({});
      const conflict = `Conflict. The container name "/${name}" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`;
      expect(refusal(await subject.wire.post(`/containers/create?name=${name}`, { Image: 'busybox' }))).toEqual([409, conflict]);
      expect(refusal(await subject.wire.post(`${other.path}/rename?name=${name}`))).toEqual([
        409,
        `Error when allocating new name: ${conflict}`,
      ]);
    });

    it('refuse a rename to nothing, to the same name, and to a bad one', async () => {
      const { path, name } = await subject.container({});
      const rename = async (to: string) => refusal(await subject.wire.post(`${path}/rename?name=${to}`));
      expect(await rename('')).toEqual([400, 'Neither old nor new names may be empty']);
      expect(await rename(name)).toEqual([400, 'Renaming a container with the same name as its current name']);
      expect(await rename('x')).toEqual([
        400,
        'Error when allocating new name: Invalid container name (/x), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed',
      ]);
    });

    it.each([
      ['GET', 'json'],
      ['POST', 'start'],
      ['POST', 'stop'],
      ['POST', 'restart'],
      ['POST', 'pause'],
      ['POST', 'unpause'],
      ['POST', 'wait'],
      ['POST', 'rename?name=other'],
      ['POST', 'resize?h=1&w=1'],
      ['GET', 'logs?stdout=1'],
      ['GET', 'top'],
      ['GET', 'stats'],
      ['GET', 'export'],
      ['GET', 'archive?path=/'],
      ['POST', 'update'],
    ])('do not find one that is not there: %s %s', async (method, call) => {
      expect(refusal(await subject.wire.call(method, `/containers/absent/${call}`, method === 'POST' ? {} : undefined))).toEqual([
        404,
        absent,
      ]);
    });

    it('do not find one to kill, in a kill’s own words', async () => {
      expect(refusal(await subject.wire.post('/containers/absent/kill'))).toEqual([404, `Cannot kill container: absent: ${absent}`]);
    });

    it.each([
      [{ nothing: ['a'] }, "Invalid filter 'nothing'"],
      [{ status: ['a'] }, "Invalid filter 'status=a'"],
    ])('refuse the filters %j', async (filters, message) => {
      expect(refusal(await subject.wire.get(`/containers/json?filters=${encodeURIComponent(JSON.stringify(filters))}`))).toEqual([
        400,
        message,
      ]);
    });
  });
}
