import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerPortsPublished, edgePortRange, type PortWish, portsChoose, portWishes } from '../../../src/policy/ports-choose.ts';
import { specMake } from '../views/fixture.ts';
import { failure, readBody, readHost } from './requests.ts';

const wish = (containerPort: number, first: number | null, change: Partial<PortWish> = {}): PortWish => ({
  containerPort,
  protocol: 'tcp',
  loopback: false,
  edgePorts: first === null ? null : { first, last: first },
  ...change,
});

type Known = Parameters<typeof portsChoose>[1];

const nothing: Known = { before: [], taken: () => false, remembered: () => false, random: () => 0 };

describe('reading published ports', () => {
  it.each([
    [
      { '80/tcp': [{ HostIp: '', HostPort: '8080' }] },
      { containerPort: 80, protocol: 'tcp', hostIp: '', edgePorts: { first: 8080, last: 8080 } },
    ],
    [{ '53/UDP': [{ HostPort: '53' }] }, { containerPort: 53, protocol: 'udp', hostIp: '', edgePorts: { first: 53, last: 53 } }],
    [{ 80: [{ HostIp: '::1', HostPort: '' }] }, { containerPort: 80, protocol: 'tcp', hostIp: '::1', edgePorts: null }],
    [{ '80/tcp': [{ HostPort: '0' }] }, { containerPort: 80, protocol: 'tcp', hostIp: '', edgePorts: null }],
    [{ '80/tcp': [{ HostPort: '8000-8002' }] }, { containerPort: 80, protocol: 'tcp', hostIp: '', edgePorts: { first: 8000, last: 8002 } }],
  ])('%j', (bindings, port) => {
    expect(readHost({ PortBindings: bindings }).ports).toEqual([port]);
  });

  it('publishes nothing for a port without a binding', () => {
    expect(readHost({ PortBindings: { '80/tcp': null, '81/tcp': [] } }).ports).toEqual([]);
  });

  it.each([
    [{ '0/tcp': [{}] }, 'HostConfig.PortBindings has an entry that is not a port: 0/tcp'],
    [{ '70000': [{}] }, 'HostConfig.PortBindings has an entry that is not a port'],
    [{ '80/tcp': [{ HostPort: '9-8' }] }, 'HostConfig.PortBindings.80/tcp[0].HostPort is neither'],
    [{ '80/tcp': [{ HostPort: '65536' }] }, 'HostConfig.PortBindings.80/tcp[0].HostPort is neither'],
    [{ '80/tcp': [{ HostPort: ' 80' }] }, 'HostConfig.PortBindings.80/tcp[0].HostPort is neither'],
    [{ '80/tcp': [{ HostIp: 'edge.example' }] }, 'HostConfig.PortBindings.80/tcp[0].HostIp is not an IP address'],
    [{ '80/tcp': {} }, 'HostConfig.PortBindings.80/tcp must be a list'],
    [{ '80/tcp': ['8080'] }, 'HostConfig.PortBindings.80/tcp[0] must be an object'],
    [{ '80/sctp': [{}] }, 'neither tcp nor udp'],
    [{ '80/tcp': [{ Driver: 'x' }] }, 'HostConfig.PortBindings.80/tcp[0].Driver is not allowed'],
    [
      Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`${i + 1}/tcp`, [{}]])),
      'HostConfig.PortBindings has more than 256 entries',
    ],
    [{ '80/tcp': Array(257).fill({}) }, 'more than 256 ports'],
  ])('%j is an error that names the field', (bindings, message) => {
    expect(failure(() => readHost({ PortBindings: bindings }))?.message).toContain(message);
  });

  it('knows the label that asks for the PROXY protocol, and what it may say', () => {
    expect(readBody({ Image: 'b', Labels: { 'berth.proxy-protocol': 'true' } }).proxyProtocol).toBe(true);
    expect(failure(() => readBody({ Image: 'b', Labels: { 'berth.proxy-protocol': 'v1' } }))?.message).toBe(
      'The label berth.proxy-protocol must be true or false.',
    );
  });

  it('is refused where the ports are those of another container', () => {
    expect(failure(() => readHost({ NetworkMode: 'container:db', PortBindings: { 80: [{}] } }))?.message).toContain('published ports');
    expect(failure(() => readHost({ NetworkMode: 'container:db', PublishAllPorts: true }))?.message).toContain('published ports');
  });
});

describe('what a container publishes', () => {
  const ports = [
    { containerPort: 80, protocol: 'tcp', hostIp: '', edgePorts: { first: 8080, last: 8080 } } as const,
    { containerPort: 80, protocol: 'tcp', hostIp: '127.0.0.1', edgePorts: null } as const,
  ];

  it('has one port on its host for each port of its own', () => {
    expect(containerPortsPublished(specMake({ ports: [...ports], exposedPorts: ['90/tcp'] }), ['91/tcp'])).toEqual([
      { containerPort: 80, protocol: 'tcp' },
    ]);
  });

  it('has all that it and its image expose with -P, and sctp not', () => {
    const spec = specMake({ ports: [...ports], exposedPorts: ['90/udp', '80/tcp'], publishAllPorts: true });
    expect(containerPortsPublished(spec, ['91', '92/sctp']).map(({ containerPort, protocol }) => `${containerPort}/${protocol}`)).toEqual([
      '80/tcp',
      '90/udp',
      '91/tcp',
    ]);
  });

  it('has none without a network of its own', () => {
    expect(containerPortsPublished(specMake({ ports: [...ports], network: { mode: 'none' } }), [])).toEqual([]);
  });

  it('wishes what -p names and, with -P, any for the others', () => {
    const published = [80, 91].map((containerPort) => ({ containerPort, protocol: 'tcp' as const }));
    expect(portWishes(specMake({ ports: [...ports] }), published)).toEqual([
      wish(80, 8080),
      wish(80, null, { loopback: true }),
      wish(91, null),
    ]);
  });

  it('wishes a port once that is asked for on 0.0.0.0 and on ::', () => {
    const twice = ['0.0.0.0', '::'].map((hostIp) => ({
      containerPort: 80,
      protocol: 'tcp' as const,
      hostIp,
      edgePorts: { first: 80, last: 80 },
    }));
    expect(portWishes(specMake({ ports: twice }), [])).toEqual([wish(80, 80)]);
  });
});

describe('choosing ports of the edge', () => {
  const chosen = (wishes: PortWish[], known: Partial<Known> = {}) => {
    const result = portsChoose(wishes, { ...nothing, ...known });
    return 'chosen' in result ? result.chosen.map(({ containerPort, port }) => `${containerPort}:${port}`) : `refused ${result.port}`;
  };

  it('gives the port that is asked for, or none at all', () => {
    expect(chosen([wish(80, 8080)])).toEqual(['80:8080']);
    expect(chosen([wish(80, null), wish(81, 8080)], { taken: (_, port) => port === 8080 })).toBe('refused 8080');
    expect(chosen([wish(80, 8080), wish(81, 8080)])).toBe('refused 8080');
  });

  it('keeps tcp and udp apart', () => {
    expect(chosen([wish(80, 8080), wish(80, 8080, { protocol: 'udp' })])).toEqual(['80:8080', '80:8080']);
  });

  it('gives the first free one of a range', () => {
    const range = wish(80, null, { edgePorts: { first: 8000, last: 8002 } });
    expect(chosen([range, range], { taken: (_, port) => port === 8000 })).toEqual(['80:8001', '80:8002']);
    expect(chosen([range, range, range, range])).toBe('refused 8000');
  });

  it('gives the one it had before, unless another has it now', () => {
    const before = [{ containerPort: 80, protocol: 'tcp' as const, loopback: false, port: 12_345 }];
    expect(chosen([wish(80, null)], { before })).toEqual(['80:12345']);
    expect(chosen([wish(80, null)], { before, taken: (_, port) => port === 12_345 })).toEqual([`80:${edgePortRange.first}`]);
    expect(chosen([wish(81, null)], { before })).toEqual([`81:${edgePortRange.first}`]);
  });

  it('leaves the port of a stopped container to it, unless somebody asks for that very one', () => {
    const remembered = (_: string, port: number) => port === edgePortRange.first || port === 8080;
    expect(chosen([wish(80, null)], { remembered })).toEqual([`80:${edgePortRange.first + 1}`]);
    expect(chosen([wish(80, 8080)], { remembered })).toEqual(['80:8080']);
  });

  it('never gives one port twice, nor one that is taken, nor one outside of what was asked', () => {
    const wishes = fc.array(
      fc.record({
        containerPort: fc.integer({ min: 1, max: 5 }),
        protocol: fc.constantFrom('tcp' as const, 'udp' as const),
        loopback: fc.boolean(),
        edgePorts: fc.option(
          fc.record({ first: fc.integer({ min: 1, max: 12 }), more: fc.nat(4) }).map(({ first, more }) => ({ first, last: first + more })),
        ),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(wishes, fc.array(fc.integer({ min: 1, max: 16 })), fc.nat(9_999), (asked, taken, start) => {
        const result = portsChoose(asked, { ...nothing, taken: (_, port) => taken.includes(port), random: () => start });
        if (!('chosen' in result)) return;
        expect(result.chosen).toHaveLength(asked.length);
        expect(new Set(result.chosen.map(({ port, protocol }) => `${port}/${protocol}`)).size).toBe(asked.length);
        for (const { port, edgePorts } of result.chosen) {
          expect(taken).not.toContain(port);
          expect(port).toBeGreaterThanOrEqual(edgePorts?.first ?? edgePortRange.first);
          expect(port).toBeLessThanOrEqual(edgePorts?.last ?? edgePortRange.last);
        }
      }),
    );
  });
});
