import { describe, expect, it } from 'vitest';
import { shapeOf } from './shape.ts';
import type { Subject } from './subject.ts';

/** The engine whose documents test/contract/shapes holds; a newer one has more keys. */
const recorded = '20.10';

export function shapeContract(subject: Subject): void {
  const documents: [name: string, make: () => Promise<string>][] = [
    ['container-created', async () => get(`${(await subject.container({ Labels: { k: 'v' } })).path}/json`)],
    ['container-running', async () => get(`${(await busy()).path}/json`)],
    ['container-list', async () => shapeOf(await busyListed())],
    ['container-stats', async () => keysOf(`${(await subject.running()).path}/stats?stream=0&one-shot=1`)],
    ['container-stats-idle', async () => get(`${(await subject.container({})).path}/stats?stream=0&one-shot=1`)],
    [
      'exec',
      async () => get(`/exec/${(await subject.wire.post(`${(await subject.running()).path}/exec`, { Cmd: ['true'] })).json.Id}/json`),
    ],
    ['image', async () => get(`/images/${(await subject.image()).reference}/json`)],
    [
      'image-list',
      async () => get(`/images/json?filters=${encodeURIComponent(JSON.stringify({ reference: [(await subject.image()).reference] }))}`),
    ],
    ['network', async () => get((await subject.network({ Labels: { k: 'v' } })).path)],
    ['volume', async () => get(`/volumes/${await subject.volume({ Labels: { k: 'v' } })}`)],
    ['version', async () => get('/version')],
    ['info', async () => keysOf('/info')],
    ['events', eventsOfALife],
  ];

  const get = async (path: string) => shapeOf((await subject.wire.get(path)).json);
  /** What lies below differs by kernel and machine. */
  const keysOf = async (path: string) =>
    `${Object.keys((await subject.wire.get(path)).json)
      .sort()
      .join('\n')}\n`;
  const busy = async () => {
    const ports = { ExposedPorts: { '80/tcp': {}, '81/tcp': {} }, PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1' }] } };
    const HostConfig = { PortBindings: ports.PortBindings, Binds: ['contract-shape:/v'] };
    subject.owns('/volumes/contract-shape');
    return subject.running({ ExposedPorts: ports.ExposedPorts, HostConfig, Labels: { k: 'v' } });
  };

  /** Both ports, the published one first: an engine's list has them in the order of a Go map, which is another one each time. */
  const busyListed = async () => {
    const path = `/containers/json?filters=${encodeURIComponent(JSON.stringify({ id: [(await busy()).id] }))}`;
    const [listed] = (await subject.wire.get(path)).json;
    listed.Ports.sort((a: { PrivatePort: number }, b: { PrivatePort: number }) => a.PrivatePort - b.PrivatePort);
    return [listed];
  };

  /** One event of each kind, since they differ in their keys. */
  async function eventsOfALife(): Promise<string> {
    const watch = await subject.events();
    const { id, path } = await busy();
    await subject.wire.delete(`${path}?force=1`);
    await watch.actions(id, 'container destroy');
    const ours = watch.events.filter(({ Actor }) => Actor.ID === id || Actor.Attributes.container === id);
    return ours.map((event) => shapeOf(event, `${event.Type} ${event.Action}`)).join('\n');
  }

  describe('documents', () => {
    it.each(documents)('have the keys and types of a real engine’s: %s', async (name, make) => {
      const { Version } = (await subject.wire.get('/version')).json;
      if (!Version.startsWith(recorded)) return;
      await expect(await make()).toMatchFileSnapshot(`shapes/${name}.txt`);
    });
  });
}
