import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { engineMessageScrub } from '../../../src/policy/engine-message.ts';
import { container, containers, fixture } from './fixture.ts';

const web = container('web-of-berth').Id;
const names = new Map<string, string>([
  [container('web-of-berth').Name.slice(1), 'web'],
  ['berth-plain', 'plain'],
  ['berth-vol-5a5a', 'data'],
  ['berth-net-0b7e2f3c', 'front'],
  ['4b474696e704d6d627f4146fd3f947f9cd32f5c5406853b7817585e18ea7496e', 'f'.repeat(64)],
  ...Object.values(containers()).map(({ Id }) => [Id, Id] as const),
]);
const scrub = (message: string) => engineMessageScrub(message, names);
const real = fixture<Record<string, string>>('errors');

describe('messages of a real engine', () => {
  it.each([
    'kill-ended',
    'exec-not-running',
    'exec-paused',
    'pause-held',
    'unpause-plain',
    'no-exec',
    'no-image',
    'stop-none',
    'kill-stopped',
    'archive-none',
    'bad-user',
    'connect-twice',
    'rename-conflict',
    'rm-running',
    'start-broken',
    'run-dir',
    'top-ended',
  ])('keeps what says nothing of a host: %s', (name) => {
    expect(scrub(real[name] ?? '')).toBe(real[name]);
  });

  it.each([
    [
      'name-conflict',
      `Conflict. The container name "/web" is already in use by container "${web}". You have to remove (or rename) that container to be able to reuse that name.`,
    ],
    ['rm-net-used', `error while removing network: network front id ${'f'.repeat(64)} has active endpoints`],
    ['rm-volume-used', `remove data: volume is in use - [${web}]`],
    ['pool-overlap', 'No free subnet was found for this network. Try again, or remove a network that is not used.'],
    ['pull', 'The registry could not be reached. Check the name of the image, or try again later.'],
  ])('says it in the tenant’s words: %s', (name, expected) => {
    expect(scrub(real[name] ?? '')).toBe(expected);
  });
});

describe('what the docker CLI reads for its exit code', () => {
  it.each([
    [
      'failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "/nosuch": stat /nosuch: no such file or directory: unknown',
      'no such file or directory',
    ],
    [
      'OCI runtime exec failed: exec failed: unable to start container process: exec: "foo": executable file not found in $PATH: unknown',
      'executable file not found',
    ],
    [
      'OCI runtime create failed: runc create failed: unable to start container process: chdir to cwd ("/root/x") set in config.json failed: permission denied: unknown',
      'permission denied',
    ],
    ['OCI runtime create failed: runc create failed: exec: "/bin": is a directory: unknown', 'is a directory'],
    [
      'OCI runtime start failed: starting container: starting root container: failed to load /srv/engine-7/x: no such file or directory',
      'no such file or directory',
    ],
    ['lstat /srv/engine-7/data/overlay2/0f/merged/nosuch: no such file or directory', 'no such file or directory'],
  ])('%s', (message, kept) => {
    expect(scrub(message)).toContain(kept);
    expect(scrub(message)).not.toMatch(/engine-7|config\.json/);
  });

  it('does not take a word of the command for a reason', () => {
    expect(scrub('OCI runtime create failed: exec: "no such file or directory": permission denied: unknown')).toMatch(
      /: permission denied: unknown$/,
    );
  });
});

describe('what a tenant must not read', () => {
  it.each([
    'driver failed programming external connectivity on endpoint berth-9 (33f7): Bind for 127.0.0.1:30080 failed: port is already allocated',
    'error creating overlay mount to /srv/engine-7/data/overlay2/x/merged: device or resource busy',
    'Error response from daemon: conflict: unable to delete 0e070b349586 (must be forced) - image is being used by stopped container 0123456789ab',
    'Conflict. The container name "/berth-of-another" is already in use by container "deadbeefdeadbeef". You have to remove it.',
    'failed to connect to containerd at unix:///run/containerd/containerd.sock',
    'Cannot kill container: berth-of-another: tried to kill pid 4242',
    'dial tcp: lookup registry.corp.internal on 10.0.0.2:53: no such host',
    'network fd00:aa::17 unreachable from ip-10-0-0-7',
    'label io.berth.tenant is wrong',
    'bad\n/srv/engine-7\u0000/x',
  ])('%s', (message) => {
    expect(scrub(message)).not.toMatch(/engine-7|berth|127\.0|10\.0\.0|30080|0123456789ab|deadbeef|4242|\/run\/|corp|fd00|ip-10|\n|\0/);
    expect(scrub(message)).not.toBe('');
  });

  it('lets no path, address or foreign name through, whatever stands around it', () => {
    const secret = fc.constantFrom(
      '/srv/engine-7/data',
      '/var/lib/docker',
      '10.11.12.13',
      'fe80::1',
      'berth-feed-beef',
      `${'ab12'.repeat(16)}`,
      'https://host-7:2376',
      'host-7.internal',
      'io.berth.tenant',
    );
    const word = fc.constantFrom(
      'container',
      'is not running',
      'Conflict.',
      'The container name',
      'failed:',
      '"web"',
      'mkdir',
      '(x)',
      '=',
      ':',
      '.',
      'OCI runtime create failed',
      'port',
      'in use.',
      'You cannot',
      'permission denied',
      '- [',
      ']',
      "'",
      '/web',
      '\n',
    );
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 6 }),
        secret,
        fc.constantFrom(' ', '', '"', "'", '=', '(', '[', ',', ': '),
        fc.array(word, { maxLength: 6 }),
        (before, hidden, joint, after) => {
          const said = scrub(`${before.join(' ')} ${joint}${hidden}${joint.replace('(', ')').replace('[', ']')} ${after.join(' ')}`);
          expect(said).not.toContain(hidden);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('ends quickly on a message of a megabyte', () => {
    const started = process.threadCpuUsage();
    for (const piece of ['/a', 'a:', '0.', 'exec: "\\', 'a-', '::']) scrub(piece.repeat(500_000));
    // Of the processor, so that a busy machine does not count.
    expect(process.threadCpuUsage(started).user / 1000).toBeLessThan(1000);
  });
});
