import { describe, expect, it } from 'vitest';
import { type NetworkIdentity, networkListSelect, networkNoneView, networkView } from '../../../src/docker-api/views/network.ts';
import type { EngineNetworkInspect } from '../../../src/engine/inspect-types.ts';
import { bridgeId, container, differences, fixture, frontId } from './fixture.ts';

const real = fixture<Record<string, EngineNetworkInspect>>('networks');
const document = (name: string) => real[name] as EngineNetworkInspect;

const front: NetworkIdentity = {
  id: frontId,
  name: 'front',
  createdAt: '2026-11-25T00:41:32.136450491Z',
  internal: false,
  labels: { team: 'a' },
  subnets: [{ subnet: '172.19.0.0/16', gateway: '172.19.0.1' }],
};
const bridge: NetworkIdentity = {
  ...front,
  id: bridgeId,
  name: 'bridge',
  labels: {},
  createdAt: '2026-11-25T00:37:31.430902277Z',
  subnets: [],
};

const names = new Map([
  [container('web').Id, 'web'],
  [container('web-of-berth').Id, 'web'],
]);

describe('a network as its engine would show it to its owner', () => {
  it('is the document of a real engine, under our id', () => {
    expect(differences(document('front'), networkView(front, [document('front')], names), 'value')).toEqual(['Id']);
  });

  it('has for the default networks what a real engine has, but for the name of the interface', () => {
    expect(differences(document('bridge'), networkView(bridge, [], names), 'value')).toEqual([
      ...Object.keys(document('bridge').Containers ?? {}).map((id) => `Containers.${id} is missing`),
      'IPAM.Config',
      'Id',
      'Options.com.docker.network.bridge.name is missing',
    ]);
    const none = { ...document('none'), Containers: {} };
    expect(differences(none, networkNoneView(), 'value')).toEqual(['Created', 'Id']);
  });

  it('shows the members of every host, and of them only the tenant’s', () => {
    const engine = document('front-of-berth');
    engine.Containers = {
      ...engine.Containers,
      [container('plain').Id]: { EndpointID: 'x', MacAddress: 'y', IPv4Address: '100.64.7.9/24', IPv6Address: '' },
    };
    const view = networkView(front, [engine, document('front')], names);
    expect(Object.keys(view.Containers).sort()).toEqual([...names.keys()].sort());
    expect(JSON.stringify(view)).not.toMatch(/berth|100\.64\.7\.9/);
  });

  it('hides our labels', () => {
    expect(networkView({ ...front, labels: { 'io.berth.tenant': 't', a: 'b' } }, [], names).Labels).toEqual({ a: 'b' });
  });
});

describe('the list of networks', () => {
  const list = (filters: Record<string, string[]>, used: string[] = []) =>
    networkListSelect(
      [networkView(bridge, [], names), networkView(front, [], names), networkNoneView()],
      new Map(Object.entries(filters)),
      new Set(used),
    ).map(({ Name }) => Name);

  it('is whole without a filter', () => {
    expect(list({})).toEqual(['bridge', 'front', 'none']);
  });

  it.each([
    [{ driver: ['null'] }, ['none']],
    [{ driver: ['bridge', 'null'] }, ['bridge', 'front', 'none']],
    [{ name: ['^fr'] }, ['front']],
    [{ id: ['ffff'] }, ['front']],
    [{ label: ['team=a'] }, ['front']],
    [{ scope: ['swarm'] }, []],
    [{ type: ['custom'] }, ['front']],
    [{ type: ['builtin'] }, ['bridge', 'none']],
    [{ dangling: ['true'] }, ['front']],
    [{ dangling: ['false'] }, ['bridge', 'none']],
  ])('%j is %j', (filters, expected) => {
    expect(list(filters)).toEqual(expected);
  });

  it('does not call a network with members dangling', () => {
    expect(list({ dangling: ['1'] }, [frontId])).toEqual([]);
  });

  it('refuses what it does not know', () => {
    expect(() => list({ colour: ['red'] })).toThrow("invalid filter 'colour'");
    expect(() => list({ type: ['odd'] })).toThrow("invalid filter: 'type'='odd'");
    expect(() => list({ dangling: ['true', 'false'] })).toThrow('dangling');
  });
});
