import { describe, expect, it } from 'vitest';
import { refusal, type Subject } from './subject.ts';

export function networkContract(subject: Subject): void {
  const subnet = { IPAM: { Config: [{ Subnet: '100.100.1.0/24' }] } };
  const inspect = async (path: string) => (await subject.wire.get(path)).json;

  describe('networks', () => {
    it('are there from the start: bridge, host and none', async () => {
      const { json } = await subject.wire.get('/networks');
      expect(json.map(({ Name, Driver }: Record<string, string>) => `${Name} ${Driver}`)).toEqual(
        expect.arrayContaining(['bridge bridge', 'host host', 'none null']),
      );
    });

    it('show their members with address and name', async () => {
      const network = await subject.network(subnet);
      const { id, name, path } = await subject.running({
        Hostname: 'hosted',
        HostConfig: { NetworkMode: network.name },
        NetworkingConfig: { EndpointsConfig: { [network.name]: { Aliases: ['web'] } } },
      });
      expect((await inspect(network.path)).Containers).toMatchObject({
        [id]: { Name: name, IPv4Address: '100.100.1.2/24', MacAddress: '02:42:64:64:01:02' },
      });
      expect((await inspect(`${path}/json`)).NetworkSettings.Networks[network.name]).toMatchObject({
        NetworkID: network.id,
        IPAddress: '100.100.1.2',
        IPPrefixLen: 24,
        Gateway: '100.100.1.1',
        Aliases: ['web', id.slice(0, 12), 'hosted'],
      });
      await subject.wire.post(`${path}/kill`);
      await subject.wire.post(`${path}/wait`);
      expect((await inspect(network.path)).Containers).toEqual({});
    });

    it('are joined and left by a running container', async () => {
      const network = await subject.network(subnet);
      const { id } = await subject.running();
      expect(await subject.wire.post(`${network.path}/connect`, { Container: id, EndpointConfig: { Aliases: ['q'] } })).toMatchObject({
        status: 200,
        text: '',
      });
      expect(Object.keys((await inspect(network.path)).Containers)).toEqual([id]);
      expect(await subject.wire.post(`${network.path}/disconnect`, { Container: id })).toMatchObject({ status: 200, text: '' });
      expect((await inspect(network.path)).Containers).toEqual({});
    });

    it('are joined by a container that starts later', async () => {
      const network = await subject.network(subnet);
      const { id, path } = await subject.container({});
      await subject.wire.post(`${network.path}/connect`, { Container: id });
      expect(Object.keys((await inspect(`${path}/json`)).NetworkSettings.Networks).sort()).toEqual(['bridge', network.name].sort());
      expect((await inspect(network.path)).Containers).toEqual({});
    });

    it('may share a name, which then is ambiguous', async () => {
      const { name, id } = await subject.network();
      const { status, json } = await subject.wire.post('/networks/create', { Name: name });
      subject.owns(`/networks/${json.Id}`);
      expect([status, json.Warning]).toEqual([201, `Network with name ${name} (id : ${id}) already exists`]);
      expect(refusal(await subject.wire.get(`/networks/${name}`))).toEqual([
        400,
        `2 matches found based on name: network ${name} is ambiguous`,
      ]);
      expect(refusal(await subject.wire.post('/networks/create', { Name: name, CheckDuplicate: true }))).toEqual([
        409,
        `network with name ${name} already exists`,
      ]);
    });
  });

  describe('networks, when the request is wrong', () => {
    it.each([
      ['GET', '/networks/absent', undefined, 404, 'network absent not found'],
      ['DELETE', '/networks/absent', undefined, 404, 'network absent not found'],
      ['DELETE', '/networks/bridge', undefined, 403, 'bridge is a pre-defined network and cannot be removed'],
      ['POST', '/networks/create', {}, 500, 'invalid name: '],
      ['POST', '/networks/create', { Name: 'bridge' }, 403, 'operation is not permitted on predefined bridge network '],
      ['POST', '/networks/absent/connect', { Container: 'absent' }, 404, 'No such container: absent'],
      ['POST', '/networks/bridge/connect', { Container: 'absent' }, 404, 'No such container: absent'],
      ['POST', '/networks/bridge/connect', {}, 400, 'invalid name or ID supplied: ""'],
      ['POST', '/networks/bridge/disconnect', { Container: 'absent' }, 404, 'No such container: absent'],
    ])('refuse %s %s %j', async (method, path, body, status, message) => {
      expect(refusal(await subject.wire.call(method, path, body))).toEqual([status, message]);
    });

    it('are not found by what runs; what does not run learns of it when it starts', async () => {
      const idle = await subject.container({});
      expect(await subject.wire.post('/networks/absent/connect', { Container: idle.id })).toMatchObject({ status: 200 });
      expect(refusal(await subject.wire.post(`${idle.path}/start`))).toEqual([404, 'network absent not found']);
      const { id } = await subject.running();
      for (const call of ['connect', 'disconnect']) {
        expect(refusal(await subject.wire.post(`/networks/absent/${call}`, { Container: id }))).toEqual([404, 'network absent not found']);
      }
    });

    it('refuse a subnet that overlaps', async () => {
      await subject.network(subnet);
      expect(refusal(await subject.wire.post('/networks/create', { Name: subject.name(), ...subnet }))).toEqual([
        403,
        'Pool overlaps with other one on this address space',
      ]);
    });

    it('refuse to go while someone is there, a second join, and a leave of who is not there', async () => {
      const network = await subject.network();
      const member = await subject.running({ HostConfig: { NetworkMode: network.name } });
      const other = await subject.running();
      expect(refusal(await subject.wire.delete(network.path))).toEqual([
        403,
        `error while removing network: network ${network.name} id ${network.id} has active endpoints`,
      ]);
      expect(refusal(await subject.wire.post(`${network.path}/connect`, { Container: member.id }))).toEqual([
        403,
        `endpoint with name ${member.name} already exists in network ${network.name}`,
      ]);
      expect(refusal(await subject.wire.post(`${network.path}/disconnect`, { Container: other.id }))).toEqual([
        500,
        `container ${other.id} is not connected to network ${network.name}`,
      ]);
    });

    it('refuse aliases on the default bridge', async () => {
      const { path } = await subject.container({
        NetworkingConfig: { EndpointsConfig: { bridge: { Aliases: ['q'] } } },
        HostConfig: { NetworkMode: 'bridge' },
      });
      expect(refusal(await subject.wire.post(`${path}/start`))).toEqual([
        400,
        'network-scoped alias is supported only for containers in user defined networks',
      ]);
    });
  });
}
