import { describe, expect, it } from 'vitest';
import { volumeListSelect, volumeView } from '../../../src/docker-api/views/volume.ts';
import { differences, fixture } from './fixture.ts';

const real = fixture<Record<string, object>>('volumes');
const own = { name: 'data', createdAt: '2026-11-25T00:41:32.123Z', labels: { k: 'v' } };

describe('a volume as its engine would show it to its owner', () => {
  it('is the document of a real engine, at the place where Docker keeps volumes', () => {
    expect(differences(real.data, volumeView(own, null), 'value')).toEqual(['Mountpoint']);
    expect(volumeView(own, null).Mountpoint).toBe('/var/lib/docker/volumes/data/_data');
  });

  it('has its size when that was asked for, and hides our labels', () => {
    const view = volumeView({ ...own, labels: { 'io.berth.volume': 'x' } }, { UsageData: { Size: 5, RefCount: 1 } });
    expect(view).toMatchObject({ Labels: null, UsageData: { Size: 5, RefCount: 1 } });
  });
});

describe('the list of volumes', () => {
  const views = ['data', 'cache'].map((name) => volumeView({ ...own, name }, null));
  const list = (filters: Record<string, string[]>) =>
    volumeListSelect(views, new Map(Object.entries(filters)), new Set(['data'])).map(({ Name }) => Name);

  it.each([
    [{}, ['data', 'cache']],
    [{ name: ['^da'] }, ['data']],
    [{ driver: ['local'] }, ['data', 'cache']],
    [{ driver: ['nfs'] }, []],
    [{ label: ['k=v'] }, ['data', 'cache']],
    [{ label: ['k=w'] }, []],
    [{ dangling: ['true'] }, ['cache']],
    [{ dangling: ['false'] }, ['data']],
  ])('%j is %j', (filters, expected) => {
    expect(list(filters)).toEqual(expected);
  });

  it('refuses what it does not know', () => {
    expect(() => list({ colour: ['red'] })).toThrow("invalid filter 'colour'");
    expect(() => list({ dangling: ['perhaps'] })).toThrow('dangling');
  });
});
