import { describe, expect, it } from 'vitest';
import { statsView } from '../../../src/docker-api/views/stats.ts';
import { topView } from '../../../src/docker-api/views/top.ts';
import type { EngineStats, EngineTop } from '../../../src/engine/inspect-types.ts';
import { container, differences, fixture } from './fixture.ts';

const real = fixture<{ web: EngineStats; top: EngineTop }>('stats');
const own = { engineId: container('web').Id, name: 'web' };

describe('docker stats', () => {
  it('is the sample of a real engine, but for the numbers of its disks', () => {
    expect(differences(real.web, statsView(real.web, own), 'value')).toEqual(['blkio_stats.io_service_bytes_recursive']);
    expect(statsView(real.web, own)).toMatchObject({
      blkio_stats: {
        io_service_bytes_recursive: [
          { major: 0, minor: 0, op: 'Read', value: 4096 },
          { major: 0, minor: 0, op: 'Write', value: 8192 },
        ],
      },
    });
  });

  it('has the tenant’s name, and no field that it does not know', () => {
    const tainted = structuredClone({ ...real.web, name: '/berth-1', Tomorrow: 'secret' });
    for (const place of [tainted.cpu_stats, tainted.memory_stats, tainted.networks?.eth0, tainted.blkio_stats])
      Object.assign(place ?? {}, { Tomorrow: 'secret' });
    expect(JSON.stringify(statsView(tainted, own))).not.toMatch(/berth|secret|Tomorrow/);
    expect(statsView(tainted, own)).toMatchObject({ name: '/web', id: own.engineId });
  });

  it('takes the near-empty sample of a container that does not run', () => {
    const never = '0001-01-01T00:00:00Z';
    expect(statsView({ read: never, preread: never }, own)).toMatchObject({
      read: never,
      cpu_stats: { cpu_usage: { total_usage: 0 } },
      memory_stats: {},
    });
  });
});

describe('docker top', () => {
  it('counts processes from 1 and their outer parent as 0', () => {
    expect(topView(real.top)).toEqual({
      Titles: real.top.Titles,
      Processes: real.top.Processes?.map((row, index) => [row[0], String(index + 1), String(index), ...row.slice(3)]),
    });
  });

  it('has no process id of the host in any column', () => {
    const titles = ['PID', 'PGID', 'SID', 'COMMAND'];
    expect(topView({ Titles: titles, Processes: [['4001', '4001', '17', 'sh 4001']] }).Processes).toEqual([['1', '1', '0', 'sh 4001']]);
    expect(topView({ Titles: titles, Processes: null }).Processes).toEqual([]);
  });
});
