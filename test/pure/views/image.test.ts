import { describe, expect, it } from 'vitest';
import { imageHistoryView, imageInspectView, imageListItem } from '../../../src/docker-api/views/image.ts';
import { imageListSelect } from '../../../src/docker-api/views/image-filters.ts';
import type { EngineImageHistoryItem, EngineImageInspect } from '../../../src/engine/inspect-types.ts';
import { differences, fixture } from './fixture.ts';

const real = fixture<{ list: { Id: string }[]; base: EngineImageInspect; history: EngineImageHistoryItem[] }>('images');
const own = { id: real.base.Id, tags: ['acme/base:1'], digests: [], taggedAt: '2026-11-25T00:41:32.048490693Z' };

describe('an image as its engine would show it to its owner', () => {
  it('is the document of a real engine', () => {
    expect(differences(real.base, imageInspectView(real.base, own, '1.41'), 'shape')).toEqual([]);
    expect(differences(real.base, imageInspectView(real.base, own, '1.41'), 'value')).toEqual([
      'ContainerConfig.Volumes',
      'GraphDriver.Name',
    ]);
  });

  it('has what Compose v1 reads of the newest version: the volumes that a container made anew keeps', () => {
    expect(imageInspectView(real.base, own, '1.47')).toMatchObject({
      Container: '',
      ContainerConfig: { Volumes: real.base.Config?.Volumes },
    });
  });

  it('is a line of the list of a real engine', () => {
    const item = imageListItem(real.base, own, '1.41');
    // An engine writes a list without digests as null until 1.42; clients of every version read an empty one alike.
    expect(
      differences(
        real.list.find(({ Id }) => Id === own.id),
        item,
        'value',
      ),
    ).toEqual(['RepoDigests']);
  });

  it('has the history of a real engine, with the ids and tags of the tenant alone', () => {
    expect(imageHistoryView(real.history, new Map([[own.id, own.tags]]))).toEqual(real.history);
    expect(imageHistoryView(real.history, new Map())).toMatchObject([{ Id: '<missing>', Tags: null }]);
  });
});

describe('what differs by API version', () => {
  const nameless = { ...own, tags: [] };

  it('writes <none> for an image without names until 1.42', () => {
    expect(imageListItem(real.base, nameless, '1.42')).toMatchObject({ RepoTags: ['<none>:<none>'], RepoDigests: ['<none>@<none>'] });
    expect(imageListItem(real.base, nameless, '1.43')).toMatchObject({ RepoTags: [], RepoDigests: [] });
  });

  it('has VirtualSize until 1.43', () => {
    expect(imageInspectView(real.base, own, '1.43')).toHaveProperty('VirtualSize');
    expect(imageInspectView(real.base, own, '1.44')).not.toHaveProperty('VirtualSize');
    expect(imageListItem(real.base, own, '1.44')).not.toHaveProperty('VirtualSize');
  });

  it('has the zero time for an image without a date until 1.43', () => {
    const dateless = { ...real.base, Created: undefined };
    expect(imageInspectView(dateless, own, '1.43')).toHaveProperty('Created', '0001-01-01T00:00:00Z');
    expect(imageInspectView(dateless, own, '1.44')).not.toHaveProperty('Created');
  });
});

describe('what a tenant must not see', () => {
  it('shows no name of another, no path, none of our labels and no unknown field', () => {
    const engine = {
      ...real.base,
      RepoTags: ['another/secret:1'],
      Parent: 'sha256:parent-of-another',
      GraphDriver: { Name: 'overlay2', Data: { UpperDir: '/srv/engine-7' } },
      Container: 'container-of-another',
      Tomorrow: 'tomorrow-secret',
      Config: { ...real.base.Config, Image: 'another/base', Hostname: 'host-7', Labels: { 'io.berth.tenant': 't', vendor: 'acme' } },
    };
    const text = JSON.stringify([imageInspectView(engine, own, '1.41'), imageListItem(engine, own, '1.41')]);
    expect(text).not.toMatch(/another|engine-7|tomorrow|berth|host-7/);
    expect(text).toContain('vendor');
  });
});

describe('the list of images', () => {
  const image = (digit: string, second: number, tags: string[], labels: Record<string, string> = {}) =>
    imageListItem(
      { ...real.base, Created: `2026-01-01T00:00:0${second}Z`, Config: { Labels: labels } },
      { id: `sha256:${digit.repeat(64)}`, tags, digests: [], taggedAt: null },
      '1.47',
    );
  const images = [image('1', 1, ['busybox:latest', 'acme/box:2']), image('2', 2, ['acme/web:1'], { app: 'x' }), image('3', 3, [])];
  const list = (filters: Record<string, string[]>) =>
    imageListSelect(images, new Map(Object.entries(filters))).map(({ RepoTags }) => RepoTags.join());

  it.each([
    [{}, ['', 'acme/web:1', 'busybox:latest,acme/box:2']],
    [{ reference: ['busybox'] }, ['busybox:latest']],
    [{ reference: ['acme/*'] }, ['acme/web:1', 'acme/box:2']],
    [{ reference: ['*:1', '*/*:1'] }, ['acme/web:1']],
    [{ reference: ['['] }, []],
    [{ dangling: ['true'] }, ['']],
    [{ dangling: ['false'] }, ['acme/web:1', 'busybox:latest,acme/box:2']],
    [{ label: ['app=x'] }, ['acme/web:1']],
    [{ before: ['acme/web:1'] }, ['busybox:latest,acme/box:2']],
    [{ since: ['busybox'] }, ['', 'acme/web:1']],
    [{ since: ['1111'], before: [`sha256:${'3'.repeat(64)}`] }, ['acme/web:1']],
  ])('%j is %j', (filters, expected) => {
    expect(list(filters)).toEqual(expected);
  });

  it('refuses what it does not know', () => {
    expect(() => list({ colour: ['red'] })).toThrow("invalid filter 'colour'");
    expect(() => list({ before: ['nosuch'] })).toThrow('No such image: nosuch');
  });
});
