import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerListItem } from '../../../src/docker-api/views/container-list.ts';
import { humanDuration, humanDurationLasts } from '../../../src/docker-api/views/go-time.ts';
import { container, containers, differences, fixture, identityMake, identityOf } from './fixture.ts';

interface Item {
  Id: string;
  Status: string;
  State: string;
  Command: string;
}

/** When the fixture's list was made, between the probes and restarts around it. */
const now = new Date('2026-11-25T00:41:38.45Z');

const deliberate = [
  'Labels is new',
  'Mounts',
  'Names', // An engine adds the names that links give.
  'NetworkSettings.Networks.bridge.NetworkID',
  'NetworkSettings.Networks.front.NetworkID',
  'NetworkSettings.Networks.none.NetworkID',
  'Ports',
];

describe('a line of docker ps', () => {
  const listed = fixture<Item[]>('container-list');
  // After a start that failed this engine's list still has the addresses of the try, where its inspect has none.
  const direct = Object.keys(containers()).filter((name) => !name.endsWith('-of-berth') && name !== 'broken' && name !== 'dirrun');

  it.each(direct)('is what the engine itself lists: %s', (name) => {
    const engine = container(name);
    const real = listed.find(({ Id }) => Id === engine.Id);
    const ours = containerListItem(engine, identityOf(name), '1.41', now);
    expect(differences(real, ours, 'shape')).toEqual([]);
    expect(differences(real, ours, 'value').filter((one) => !deliberate.includes(one))).toEqual([]);
  });

  it('has the ports of a container that are exposed, never those of its host', () => {
    const item = containerListItem(container('web-of-berth'), identityOf('web-of-berth'), '1.47', now) as { Ports: object[] };
    expect(item.Ports).toEqual([
      { PrivatePort: 80, Type: 'tcp' },
      { PrivatePort: 9000, Type: 'tcp' },
    ]);
    expect(JSON.stringify(item)).not.toMatch(/engine-7|berth|30080/);
  });

  it('is unknown, with the time, when the host cannot be reached', () => {
    const own = { ...identityOf('web'), state: { unknownSince: '2026-11-25T00:41:28.45Z' } };
    expect(containerListItem(container('web'), own, '1.47', now)).toMatchObject({
      State: 'unknown',
      Status: 'Unknown (last seen 10 seconds ago)',
    });
  });
});

describe('the status of a container', () => {
  const start = '2026-11-25T00:00:00Z';
  const at = (seconds: number) => new Date(Date.parse(start) + seconds * 1000);
  const status = (change: object, seconds: number) => {
    const engine = container('plain');
    const base = {
      Status: 'running',
      Running: true,
      Paused: false,
      Restarting: false,
      Dead: false,
      ExitCode: 0,
      StartedAt: start,
      FinishedAt: start,
    };
    Object.assign(engine.State, base, change);
    return (containerListItem(engine, identityMake(engine), '1.47', at(seconds)) as Item).Status;
  };

  it.each([
    [{}, 180, 'Up 3 minutes'],
    [{ Health: { Status: 'healthy', FailingStreak: 0, Log: [] } }, 180, 'Up 3 minutes (healthy)'],
    [{ Health: { Status: 'starting', FailingStreak: 0, Log: [] } }, 1, 'Up 1 second (health: starting)'],
    [{ Paused: true, Status: 'paused' }, 5, 'Up 5 seconds (Paused)'],
    [{ Restarting: true, ExitCode: 1, Status: 'restarting' }, 3, 'Restarting (1) 3 seconds ago'],
    [{ Running: false, Status: 'exited' }, 7200, 'Exited (0) 2 hours ago'],
    [{ Running: false, Status: 'exited', FinishedAt: '0001-01-01T00:00:00Z' }, 1, ''],
    [{ Running: false, Status: 'created', StartedAt: '0001-01-01T00:00:00Z' }, 1, 'Created'],
    [{ Running: false, Status: 'removing' }, 1, 'Removal In Progress'],
    [{ Running: false, Status: 'dead', Dead: true }, 1, 'Dead'],
  ])('%j after %i s is %s', (change, seconds, expected) => {
    expect(status(change, seconds)).toBe(expected);
  });
});

describe('a duration in words', () => {
  it.each([
    [-5, 'Less than a second'],
    [0.999, 'Less than a second'],
    [1, '1 second'],
    [59.9, '59 seconds'],
    [60, 'About a minute'],
    [119, 'About a minute'],
    [120, '2 minutes'],
    [3599, '59 minutes'],
    [3600, 'About an hour'],
    [5399, 'About an hour'],
    [5400, '2 hours'],
    [47 * 3600, '47 hours'],
    [48 * 3600, '2 days'],
    [14 * 86_400, '2 weeks'],
    [60 * 86_400, '2 months'],
    [730 * 86_400, '2 years'],
  ])('%d s is %s', (seconds, words) => {
    expect(humanDuration(seconds * 1000)).toBe(words);
  });

  it('are its words for as long as it says, to the millisecond', () => {
    const durations = fc.integer({ min: -5_000, max: 3 * 365 * 86_400_000 });
    fc.assert(
      fc.property(durations, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (duration, part) => {
        const later = duration + Math.floor(humanDurationLasts(duration) * part);
        expect(humanDuration(later)).toBe(humanDuration(duration));
      }),
    );
  });
});
