import { describe, expect, it } from 'vitest';
import { tarFile, tarRead, tarWrite } from '../fakes/engine/tar.ts';
import { refusal, type Subject } from './subject.ts';

export function imageContract(subject: Subject): void {
  const linesOf = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  describe('images', () => {
    it('are found by tag, by id and by a prefix of it', async () => {
      const { reference, id } = await subject.image();
      for (const ref of [reference, id, id.slice(7), id.slice(7, 19)]) {
        expect((await subject.wire.get(`/images/${ref}/json`)).json).toMatchObject({
          Id: id,
          RepoTags: [reference],
          RepoDigests: [],
          Config: { Cmd: ['true'] },
        });
      }
    });

    it('are listed, by reference too', async () => {
      const { reference, id } = await subject.image();
      const filters = encodeURIComponent(JSON.stringify({ reference: [reference.split(':')[0]] }));
      expect((await subject.wire.get(`/images/json?filters=${filters}`)).json).toMatchObject([
        { Id: id, RepoTags: [reference], RepoDigests: null, Containers: -1 },
      ]);
    });

    it('get more tags, and lose them one by one', async () => {
      const { reference, id } = await subject.image();
      const second = subject.name();
      expect(await subject.wire.post(`/images/${reference}/tag?repo=${second}&tag=2`)).toMatchObject({ status: 201, text: '' });
      expect((await subject.wire.delete(`/images/${second}:2`)).json).toEqual([{ Untagged: `${second}:2` }]);
      expect((await subject.wire.delete(`/images/${reference}`)).json).toEqual(
        expect.arrayContaining([{ Untagged: reference }, { Deleted: id }]),
      );
    });

    it('give a tag up to an import of the same name', async () => {
      const { reference, id } = await subject.image();
      const [repo, tag] = reference.split(':');
      await subject.wire.call('POST', `/images/create?fromSrc=-&repo=${repo}&tag=${tag}`, tarWrite([tarFile('other', '')]));
      const { json } = await subject.wire.get(`/images/${reference}/json`);
      subject.owns(`/images/${json.Id}?force=1`);
      expect(json.Id).not.toBe(id);
      expect((await subject.wire.get(`/images/${id}/json`)).json.RepoTags).toEqual([]);
    });

    it('are saved, and loaded again as the same image', async () => {
      const { reference, id } = await subject.image();
      const { bytes, headers } = await subject.wire.get(`/images/${reference}/get`);
      expect(headers['content-type']).toBe('application/x-tar');
      const manifest = JSON.parse(
        tarRead(bytes)
          .find(({ name }) => name === 'manifest.json')
          ?.data.toString() ?? '',
      );
      expect(manifest).toMatchObject([
        { Config: `${id.slice(7)}.json`, RepoTags: [reference], Layers: [expect.stringMatching(/layer\.tar$/)] },
      ]);
      await subject.wire.delete(`/images/${reference}`);
      const load = await subject.wire.call('POST', '/images/load?quiet=1', bytes);
      expect(linesOf(load.text)).toEqual([{ stream: `Loaded image: ${reference}\n` }]);
      expect((await subject.wire.get(`/images/${reference}/json`)).json.Id).toBe(id);
    });

    it('have a history', async () => {
      const { reference, id } = await subject.image();
      expect((await subject.wire.get(`/images/${reference}/history`)).json).toMatchObject([
        { Id: id, Tags: [reference], Comment: 'Imported from -' },
      ]);
    });
  });

  describe('images, when the request is wrong', () => {
    it.each([
      ['GET', '/images/absent/json', 404, 'no such image: absent: No such image: absent:latest'],
      ['GET', '/images/absent/history', 404, 'No such image: absent:latest'],
      ['GET', '/images/absent/get', 404, 'No such image: absent'],
      ['DELETE', '/images/absent', 404, 'No such image: absent:latest'],
      ['POST', '/images/absent/tag?repo=other&tag=1', 404, 'No such image: absent:latest'],
      ['POST', '/images/busybox/tag?repo=UPPER&tag=1', 500, 'invalid reference format: repository name must be lowercase'],
    ])('refuse %s %s', async (method, path, status, message) => {
      expect(refusal(await subject.wire.call(method, path))).toEqual([status, message]);
    });

    it('report a broken archive in the stream', async () => {
      const { status, text } = await subject.wire.call('POST', '/images/load', Buffer.alloc(1024, 'x'));
      expect(status).toBe(200);
      expect(linesOf(text)[0].error).toBe('Error processing tar file(exit status 1): archive/tar: invalid tar header');
    });

    it('are kept while a container uses them', async () => {
      const { reference, id } = await subject.image();
      const { id: user } = await subject.container({ Image: reference });
      const [image, container] = [id.slice(7, 19), user.slice(0, 12)];
      expect(refusal(await subject.wire.delete(`/images/${reference}`))).toEqual([
        409,
        `conflict: unable to remove repository reference "${reference}" (must force) - container ${container} is using its referenced image ${image}`,
      ]);
      expect(refusal(await subject.wire.delete(`/images/${image}`))).toEqual([
        409,
        `conflict: unable to delete ${image} (must be forced) - image is being used by stopped container ${container}`,
      ]);
    });
  });
}
