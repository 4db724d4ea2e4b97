import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageReferenceParse } from '../../../src/policy/image-reference.ts';
import { registryAddressRefuse } from '../../../src/policy/registry-address.ts';
import { failure } from './requests.ts';

const hex = (length: number) => 'a1'.repeat(length / 2);
const digest = `sha256:${hex(64)}`;

describe('imageReferenceParse', () => {
  it.each<[string, string, string, string | null, string | null, string]>([
    ['busybox', 'docker.io', 'library/busybox', null, null, 'busybox'],
    ['busybox:1.36', 'docker.io', 'library/busybox', '1.36', null, 'busybox:1.36'],
    ['a/b:latest', 'docker.io', 'a/b', 'latest', null, 'a/b:latest'],
    ['docker.io/busybox', 'docker.io', 'library/busybox', null, null, 'busybox'],
    ['index.docker.io/library/busybox:1', 'docker.io', 'library/busybox', '1', null, 'busybox:1'],
    ['docker.io/library/a/b', 'docker.io', 'library/a/b', null, null, 'library/a/b'],
    ['docker.io/quay.io/x', 'docker.io', 'quay.io/x', null, null, 'docker.io/quay.io/x'],
    [`docker.io/library/${hex(64)}`, 'docker.io', `library/${hex(64)}`, null, null, `docker.io/library/${hex(64)}`],
    ['localhost/x', 'localhost', 'x', null, null, 'localhost/x'],
    ['localhost:5000', 'docker.io', 'library/localhost', '5000', null, 'localhost:5000'],
    ['localhost:5000/x:1', 'localhost:5000', 'x', '1', null, 'localhost:5000/x:1'],
    ['ghcr.io/a/b-c__d.e', 'ghcr.io', 'a/b-c__d.e', null, null, 'ghcr.io/a/b-c__d.e'],
    ['host:5000/a/b', 'host:5000', 'a/b', null, null, 'host:5000/a/b'],
    ['[2001:db8::1]:5000/a', '[2001:db8::1]:5000', 'a', null, null, '[2001:db8::1]:5000/a'],
    ['Host/a', 'Host', 'a', null, null, 'Host/a'],
    [`busybox@${digest}`, 'docker.io', 'library/busybox', null, digest, `busybox@${digest}`],
    [`quay.io/a:1@${digest}`, 'quay.io', 'a', '1', digest, `quay.io/a:1@${digest}`],
  ])('reads %s', (text, registry, repository, tag, wantedDigest, familiar) => {
    const reference = imageReferenceParse(text);
    expect(reference).toMatchObject({ registry, repository, tag, digest: wantedDigest });
    expect(reference.familiar()).toBe(familiar);
  });

  it('reads its own familiar form back', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,5})?$/);
    const registry = fc.constantFrom('', 'docker.io/', 'ghcr.io/', 'localhost:5000/', 'a.b.c:1/');
    const suffix = fc.constantFrom('', ':1', ':latest', `@${digest}`, `:x@${digest}`);
    fc.assert(
      fc.property(registry, fc.array(part, { minLength: 1, maxLength: 4 }), suffix, (host, parts, end) => {
        const first = imageReferenceParse(`${host}${parts.join('/')}${end}`);
        const { familiar: _, ...again } = imageReferenceParse(first.familiar());
        expect(first).toMatchObject(again);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    '',
    ' ',
    'Busybox',
    'a/B',
    'a b',
    'busybox:',
    'busybox:-x',
    `busybox:${'x'.repeat(129)}`,
    'busybox@',
    'busybox@sha256:abc',
    `busybox@sha256:${hex(64).toUpperCase()}`,
    `busybox@md5:${hex(32)}`,
    hex(64),
    '/a',
    'a//b',
    'a/',
    '-a',
    'a-',
    'a..b',
    'a___b',
    '../a',
    'a/../b',
    'http://a/b',
    'a:1:2',
    'host.:5000/a',
    '-host.com/a',
    'host.com:x/a',
    'a\nb',
    'a\u0000',
    'ä',
    `a/${'b'.repeat(256)}`,
    `${'a/'.repeat(2000)}a`,
    '@sha256:x',
    `constructor@constructor:${hex(64)}`,
    '[::1/a',
  ])('refuses %j', (text) => {
    expect(failure(() => imageReferenceParse(text))?.code).toBe('malformed');
  });
});

describe('registryAddressRefuse', () => {
  it.each(['docker.io', 'ghcr.io', 'registry.company.com:5000', '1.1.1.1', '8.8.8.8:443', '[2606:4700::1111]:443', 'xn--bcher-kva.com'])(
    'lets %s pass',
    (registry) => {
      expect(failure(() => registryAddressRefuse(registry, []))).toBeNull();
    },
  );

  it.each([
    'localhost',
    'localhost:5000',
    'LOCALHOST:5000',
    'a.localhost',
    'registry',
    'registry:5000',
    'printer.local',
    'metadata.google.internal',
    'host.docker.internal',
    'nas.lan',
    'x.home.arpa',
    'x.home.arpa.',
    'localhost.',
    'metadata.google.internal.',
    '127.0.0.1',
    '127.0.0.1:5000',
    '127.9.9.9',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '127.1',
    '0x7f000001',
    '0x7f.1',
    '2130706433',
    '0177.0.0.1',
    '127.0.0.1.',
    '1.1.1.256',
    '[::1]',
    '[::1]:5000',
    '[::]',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[2001:db8::1]',
    '[1::2::3]',
    '',
    'a b',
    'host/path',
    'user@host.com',
    'host.com:999999',
    'a..local',
    'host.com:',
    '[::1',
    '%6cocalhost',
  ])('refuses %j', (registry) => {
    expect(failure(() => registryAddressRefuse(registry, []))?.code).toBe('refused');
  });

  it('lets pass what the operator allows, and only that', () => {
    expect(failure(() => registryAddressRefuse('Registry:5000', ['registry:5000']))).toBeNull();
    expect(failure(() => registryAddressRefuse('registry:5001', ['registry:5000']))?.code).toBe('refused');
    expect(failure(() => registryAddressRefuse('registry', ['registry:5000']))?.code).toBe('refused');
  });

  it('agrees with the literal address it is given, for every private range', () => {
    const octet = fc.nat(255);
    const privateAddress = fc.oneof(
      fc.tuple(fc.constant(10), octet, octet, octet),
      fc.tuple(fc.constant(127), octet, octet, octet),
      fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
      fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
      fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
      fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), octet, octet),
    );
    fc.assert(
      fc.property(privateAddress, ([a, b, c, d]) => {
        const mapped = `[::ffff:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}]`;
        for (const text of [
          `${a}.${b}.${c}.${d}`,
          mapped,
          `[::ffff:${a}.${b}.${c}.${d}]`,
          `[64:ff9b::${a}.${b}.${c}.${d}]`,
          String(((a * 256 + b) * 256 + c) * 256 + d),
        ]) {
          expect(failure(() => registryAddressRefuse(text, []))?.code).toBe('refused');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
