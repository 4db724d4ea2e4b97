import { describe, expect, it } from 'vitest';
import type { Subject } from './subject.ts';

export function eventContract(subject: Subject): void {
  describe('events', () => {
    it('tell a short life in order', async () => {
      const watch = await subject.events();
      const { id, path } = await subject.container({ Cmd: ['sh', '-c', 'exit 3'] });
      await subject.wire.post(`${path}/start`);
      await subject.wire.post(`${path}/wait`);
      await subject.wire.delete(path);
      expect(await watch.actions(id, 'container destroy')).toEqual([
        'container create',
        'network connect',
        'container start',
        'container die',
        'network disconnect',
        'container destroy',
      ]);
      const ours = watch.events.filter(({ Actor, Type }) => Actor.ID === id && Type === 'container');
      expect(ours.find(({ Action }) => Action === 'die')?.Actor.Attributes).toMatchObject({ exitCode: '3', image: 'busybox' });
    });

    it('tell of rename, exec, resize, top, kill and a restart', async () => {
      const watch = await subject.events();
      const { id, path } = await subject.running();
      const renamed = subject.name();
      const { json } = await subject.wire.post(`${path}/exec`, { Cmd: ['sh', '-c', 'exit 4'] });
      await subject.wire.post(`/exec/${json.Id}/start`, { Detach: true });
      await watch.actions(id, 'container exec_die');
      for (const call of [`rename?name=${renamed}`, 'resize?h=10&w=20']) await subject.wire.post(`${path}/${call}`);
      await subject.wire.get(`${path}/top`);
      await subject.wire.post(`${path}/restart`);
      await subject.wire.post(`${path}/stop`);
      expect(await watch.actions(id, 'container stop')).toEqual(expect.anything());
      await subject.wire.delete(`${path}`);
      expect(await watch.actions(id, 'container destroy')).toEqual([
        'container create',
        'network connect',
        'container start',
        'container exec_create: sh -c exit 4',
        'container exec_start: sh -c exit 4',
        'container exec_die',
        'container rename',
        'container resize',
        'container top',
        'container kill',
        'container die',
        'network disconnect',
        'container stop',
        'network connect',
        'container start',
        'container restart',
        'container kill',
        'container die',
        'network disconnect',
        'container stop',
        'container destroy',
      ]);
      const attributes = (action: string) =>
        watch.events.find(({ Actor, Action }) => Actor.ID === id && Action === action)?.Actor.Attributes;
      expect(attributes('rename')).toMatchObject({ name: renamed, oldName: expect.stringMatching(/^\/contract-/) });
      expect(attributes('exec_die')).toMatchObject({ execID: json.Id, exitCode: '4' });
      expect(attributes('kill')).toMatchObject({ signal: '15' });
      expect(attributes('resize')).toMatchObject({ height: '10', width: '20' });
    });

    it('tell of a pause and its end, a real engine perhaps twice when one follows fast on the other', async () => {
      const watch = await subject.events({ event: ['pause', 'unpause'] });
      const { id, path } = await subject.running();
      await subject.wire.post(`${path}/pause`);
      await subject.wire.post(`${path}/unpause`);
      expect((await watch.actions(id, 'container unpause')).slice(0, 2)).toEqual(['container pause', 'container unpause']);
    });

    it('tell of volumes that a container mounts, and of a removal by force', async () => {
      const name = await subject.volume();
      const watch = await subject.events();
      const { id, path } = await subject.running({ HostConfig: { Binds: [`${name}:/v`] } });
      await subject.wire.delete(`${path}?force=1&v=1`);
      expect(await watch.actions(id, 'container destroy')).toEqual([
        'container create',
        'network connect',
        'volume mount',
        'container start',
        'container kill',
        'container die',
        'network disconnect',
        'volume unmount',
        'container destroy',
      ]);
      const mount = watch.events.find(({ Action, Actor }) => Action === 'mount' && Actor.ID === name);
      expect(mount?.Actor.Attributes).toEqual({ container: id, destination: '/v', driver: 'local', propagation: '', 'read/write': 'true' });
    });

    it('tell of a network joined and left by what runs', async () => {
      const network = await subject.network();
      const { id } = await subject.running();
      const watch = await subject.events({ type: ['network'] });
      await subject.wire.post(`${network.path}/connect`, { Container: id });
      await subject.wire.post(`${network.path}/disconnect`, { Container: id });
      await subject.wire.delete(network.path);
      expect(await watch.actions(network.id, 'network destroy')).toEqual([
        'network connect',
        'network disconnect',
        'network disconnect',
        'network destroy',
      ]);
      expect(watch.events[0]?.Actor.Attributes).toEqual({ container: id, name: network.name, type: 'bridge' });
    });

    it('are filtered by label and action', async () => {
      const label = subject.name();
      const watch = await subject.events({ label: [label], event: ['start', 'destroy'] });
      await subject.container({});
      const { id, path } = await subject.running({ Labels: { [label]: '' } });
      await subject.wire.delete(`${path}?force=1`);
      await watch.actions(id, 'container destroy');
      expect(watch.events.map(({ Action }) => Action)).toEqual(['start', 'destroy']);
    });

    it('are kept for who asks since when', async () => {
      const since = (Date.now() / 1000).toFixed(3);
      const { id, path } = await subject.container({});
      await subject.wire.delete(path);
      const until = (Date.now() / 1000 + 0.1).toFixed(3);
      const { text } = await subject.wire.get(
        `/events?since=${since}&until=${until}&filters=${encodeURIComponent(JSON.stringify({ container: [id] }))}`,
      );
      expect(
        text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line).Action),
      ).toEqual(['create', 'destroy']);
    });

    it('refuse a time that is none', async () => {
      expect(await subject.wire.get('/events?since=x')).toMatchObject({
        status: 500,
        json: { message: 'strconv.ParseInt: parsing "x": invalid syntax' },
      });
    });
  });
}
