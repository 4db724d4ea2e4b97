import { describe, expect, it } from 'vitest';
import { refusal, type Subject } from './subject.ts';

export function volumeContract(subject: Subject): void {
  describe('volumes', () => {
    it('are got when they exist, whatever labels are asked', async () => {
      const name = await subject.volume({ Labels: { a: 'b' } });
      expect(await subject.wire.post('/volumes/create', { Name: name, Labels: { a: 'c' } })).toMatchObject({
        status: 201,
        json: { Name: name, Labels: { a: 'b' } },
      });
      expect((await subject.wire.get(`/volumes/${name}`)).json).toMatchObject({
        Name: name,
        Driver: 'local',
        Labels: { a: 'b' },
        Options: null,
        Scope: 'local',
      });
    });

    it('are made by the containers that name them, and the unnamed go with v=1', async () => {
      const [bound, mounted] = [subject.name(), subject.name()];
      for (const name of [bound, mounted]) subject.owns(`/volumes/${name}`);
      const HostConfig = {
        Binds: [`${bound}:/bound:ro`],
        Mounts: [
          { Type: 'volume', Source: mounted, Target: '/mounted' },
          { Type: 'tmpfs', Target: '/quick' },
        ],
      };
      const { path } = await subject.container({ Volumes: { '/unnamed': {} }, HostConfig });
      const { Mounts } = (await subject.wire.get(`${path}/json`)).json;
      const at = (target: string) => Mounts.find(({ Destination }: { Destination: string }) => Destination === target);
      expect(at('/bound')).toMatchObject({ Type: 'volume', Name: bound, Driver: 'local', Mode: 'ro', RW: false });
      expect(at('/mounted')).toMatchObject({ Type: 'volume', Name: mounted, Mode: 'z', RW: true });
      expect(at('/quick')).toMatchObject({ Type: 'tmpfs', Source: '', Mode: '', RW: true });
      const unnamed = at('/unnamed').Name;
      expect(unnamed).toMatch(/^[0-9a-f]{64}$/);
      await subject.wire.delete(`${path}?v=1`);
      const left = await Promise.all([bound, mounted, unnamed].map(async (name) => (await subject.wire.get(`/volumes/${name}`)).status));
      expect(left).toEqual([200, 200, 404]);
    });

    it('are listed by name and label', async () => {
      const name = await subject.volume({ Labels: { mark: subject.name() } });
      const list = async (filters: unknown) =>
        (await subject.wire.get(`/volumes?filters=${encodeURIComponent(JSON.stringify(filters))}`)).json;
      expect(await list({ name: [name] })).toMatchObject({ Volumes: [{ Name: name }], Warnings: null });
      expect((await list({ label: [`mark=${name}`] })).Volumes).toEqual([]);
    });
  });

  describe('volumes, when the request is wrong', () => {
    it.each([
      ['GET', '/volumes/absent', undefined, 404, 'get absent: no such volume'],
      ['DELETE', '/volumes/absent', undefined, 404, 'get absent: no such volume'],
      [
        'POST',
        '/volumes/create',
        { Name: 'x' },
        400,
        'create x: volume name is too short, names should be at least two alphanumeric characters',
      ],
    ])('refuse %s %s %j', async (method, path, body, status, message) => {
      expect(refusal(await subject.wire.call(method, path, body))).toEqual([status, message]);
    });

    it('refuse a bind whose source is no volume name', async () => {
      const { status, json } = await subject.wire.post('/containers/create', { Image: 'busybox', HostConfig: { Binds: ['a/b:/x'] } });
      expect(status).toBe(400);
      expect(json.message).toContain('"a/b" includes invalid characters for a local volume name');
    });

    it('are kept while a container uses them, and say by which', async () => {
      const name = await subject.volume();
      const { id } = await subject.container({ HostConfig: { Binds: [`${name}:/x`] } });
      expect(refusal(await subject.wire.delete(`/volumes/${name}`))).toEqual([409, `remove ${name}: volume is in use - [${id}]`]);
      expect(refusal(await subject.wire.delete(`/volumes/${name}?force=1`))).toEqual([409, `remove ${name}: volume is in use - [${id}]`]);
    });

    it('may be absent when a removal is forced', async () => {
      expect(await subject.wire.delete('/volumes/absent?force=1')).toMatchObject({ status: 204 });
    });
  });
}
