import { describe, expect, it } from 'vitest';
import { tarFile, tarWrite } from '../fakes/engine/tar.ts';
import type { Subject } from './subject.ts';

/** What builds and commits of Berth rely on. */
export function commitContract(subject: Subject): void {
  const inspect = async (id: string) => (await subject.wire.get(`/images/${id}/json`)).json;

  async function committed(container: string, labels: Record<string, string>): Promise<string> {
    const reply = await subject.wire.post(`/commit?container=${container}&pause=false`, { Labels: labels });
    expect(reply.status).toBe(201);
    subject.owns(`/images/${reply.json.Id}?force=1`);
    return reply.json.Id;
  }

  describe('a commit', () => {
    it('is the image with one layer more, found by the label that was asked for', async () => {
      const { reference, id } = await subject.image();
      const container = await subject.container({ Image: reference });
      await subject.wire.call('PUT', `${container.path}/archive?path=/`, tarWrite([tarFile('added', 'added')]));
      const label = subject.name();
      const made = await committed(container.id, { [label]: 'x' });
      const [before, after] = [await inspect(id), await inspect(made)];
      expect(after.RootFS.Layers).toEqual([...before.RootFS.Layers, expect.stringMatching(/^sha256:[0-9a-f]{64}$/)]);
      const filters = encodeURIComponent(JSON.stringify({ label: [`${label}=x`] }));
      expect((await subject.wire.get(`/images/json?all=1&filters=${filters}`)).json).toMatchObject([{ Id: made }]);
    });

    it('of a container that changed nothing adds no layer', async () => {
      const { reference, id } = await subject.image();
      const container = await subject.container({ Image: reference });
      const made = await committed(container.id, { [subject.name()]: 'x' });
      expect((await inspect(made)).RootFS.Layers).toEqual((await inspect(id)).RootFS.Layers);
    });
  });

  describe('a config', () => {
    it('is loaded without its layers where the engine has them', async () => {
      const { id } = await subject.image();
      const { RootFS, Architecture } = await inspect(id);
      const config = JSON.stringify({
        ...{ architecture: Architecture, os: 'linux', config: { Labels: { own: subject.name() } } },
        rootfs: { type: 'layers', diff_ids: RootFS.Layers },
      });
      const manifest = JSON.stringify([
        { Config: 'config.json', RepoTags: null, Layers: RootFS.Layers.map((_: string, n: number) => `${n}/layer.tar`) },
      ]);
      const archive = tarWrite([tarFile('config.json', config), tarFile('manifest.json', manifest)]);
      const { text } = await subject.wire.call('POST', '/images/load?quiet=1', archive);
      const made = /Loaded image ID: (sha256:[0-9a-f]{64})/.exec(text)?.[1] ?? '';
      subject.owns(`/images/${made}?force=1`);
      expect((await inspect(made)).RootFS.Layers).toEqual(RootFS.Layers);
    });
  });
}
