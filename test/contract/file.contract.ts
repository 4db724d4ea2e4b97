import { describe, expect, it } from 'vitest';
import { tarFile, tarFolder, tarRead, tarWrite } from '../fakes/engine/tar.ts';
import { refusal, type Subject } from './subject.ts';

export function fileContract(subject: Subject): void {
  const statOf = (header: unknown) => JSON.parse(Buffer.from(String(header), 'base64').toString());

  describe('archives', () => {
    it('put files in and take them out, with their stat in a header', async () => {
      const { path } = await subject.container({});
      const archive = tarWrite([tarFolder('made'), tarFile('made/file', 'content')]);
      expect(await subject.wire.call('PUT', `${path}/archive?path=/tmp`, archive)).toMatchObject({ status: 200 });
      const reply = await subject.wire.get(`${path}/archive?path=/tmp/made/file`);
      expect(reply).toMatchObject({ status: 200, headers: { 'content-type': 'application/x-tar' } });
      expect(tarRead(reply.bytes)).toMatchObject([{ name: 'file', type: 'file', data: Buffer.from('content') }]);
      expect(statOf(reply.headers['x-docker-container-path-stat'])).toMatchObject({ name: 'file', size: 7, mode: 0o644, linkTarget: '' });
    });

    it('of a folder hold it and what is below', async () => {
      const { path } = await subject.container({});
      await subject.wire.call('PUT', `${path}/archive?path=/tmp`, tarWrite([tarFolder('made'), tarFile('made/file', 'content')]));
      const { bytes, headers } = await subject.wire.get(`${path}/archive?path=/tmp/made`);
      expect(tarRead(bytes).map(({ name }) => name)).toEqual(['made', 'made/file']);
      expect(statOf(headers['x-docker-container-path-stat']).mode).toBe(0x80000000 + 0o755);
    });

    it('are described by HEAD alone', async () => {
      const { path } = await subject.container({});
      const { status, headers, text } = await subject.wire.call('HEAD', `${path}/archive?path=/etc/passwd`);
      expect([status, text]).toEqual([200, '']);
      expect(statOf(headers['x-docker-container-path-stat'])).toMatchObject({ name: 'passwd', mode: 0o644 });
    });

    it('are seen by the container’s processes and in its export', async () => {
      const { path } = await subject.container({ Cmd: ['cat', '/tmp/file'] });
      await subject.wire.call('PUT', `${path}/archive?path=/tmp`, tarWrite([tarFile('file', 'content\n')]));
      await subject.wire.post(`${path}/start`);
      expect((await subject.wire.get(`${path}/logs?stdout=1&follow=1`)).text.slice(8)).toBe('content\n');
      expect(tarRead((await subject.wire.get(`${path}/export`)).bytes).map(({ name }) => name)).toContain('tmp/file');
    });

    it('are refused without a path, and where there is none', async () => {
      const { path, id } = await subject.container({});
      expect(refusal(await subject.wire.get(`${path}/archive`))).toEqual([400, 'bad parameter: pathcannot be empty']);
      for (const method of ['GET', 'PUT']) {
        const reply = await subject.wire.call(method, `${path}/archive?path=/absent`, method === 'PUT' ? tarWrite([]) : undefined);
        expect(refusal(reply)).toEqual([404, `Could not find the file /absent in container ${id}`]);
      }
    });
  });
}
