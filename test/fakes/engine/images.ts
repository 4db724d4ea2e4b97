import { containerRuns } from './container.ts';
import { EngineError } from './engine-error.ts';
import { filterAny, filterLabels, filtersParse, flag } from './filters.ts';
import type { Call, Reply, Route } from './http.ts';
import type { Image } from './image-store.ts';
import { sha256 } from './image-store.ts';
import { tagReference } from './references.ts';
import type { EngineState } from './state.ts';
import { rfc3339Nano } from './time.ts';

export const imageRoutes: Route[] = [
  { method: 'GET', path: '/images/json', handle: imageList },
  { method: 'POST', path: '/images/prune', handle: imagePrune },
  { method: 'GET', path: '/images/{name*}/json', handle: imageInspect },
  { method: 'GET', path: '/images/{name*}/history', handle: imageHistory },
  { method: 'POST', path: '/images/{name*}/tag', handle: imageTag },
  { method: 'DELETE', path: '/images/{name*}', handle: imageRemove },
];

export function imageEvent(engine: EngineState, image: Image, action: string, name = image.id): void {
  engine.events.emit('image', action, image.id, { ...image.config.Labels, name });
}

function imageList(engine: EngineState, call: Call): Reply {
  const filters = filtersParse(call.query.get('filters'), ['before', 'dangling', 'label', 'reference', 'since']);
  const images = engine.images
    .all()
    .filter(
      ({ tags, config }) =>
        filterLabels(filters, config.Labels) &&
        filterAny(filters, 'dangling', (dangling) => flag(dangling) === (tags.size === 0)) &&
        filterAny(filters, 'reference', (reference) => [...tags].some((tag) => referenceMatches(tag, reference))),
    );
  return { status: 200, json: images.map(imageSummary) };
}

/** Shell patterns over `repository` or `repository:tag`. */
function referenceMatches(tag: string, wanted: string): boolean {
  const pattern = new RegExp(
    `^${wanted
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '[^/]*')
      .replace(/\?/g, '[^/]')}$`,
  );
  return pattern.test(tag) || pattern.test(tag.slice(0, tag.lastIndexOf(':')));
}

export function imageSummary(image: Image) {
  return {
    Containers: -1,
    Created: Math.floor(Date.parse(image.created) / 1000),
    Id: image.id,
    Labels: image.config.Labels ?? null,
    ParentId: '',
    RepoDigests: orNull(image.digests),
    RepoTags: orNull(image.tags),
    SharedSize: -1,
    Size: image.size,
    VirtualSize: image.size,
  };
}

function orNull(values: Set<string>): string[] | null {
  return values.size === 0 ? null : [...values];
}

function imageInspect(engine: EngineState, call: Call): Reply {
  const image = imageFindToInspect(engine, call.params.name ?? '');
  const config = configDocument(image.config);
  const folder = `/var/lib/docker/overlay2/${image.id.slice(7)}`;
  const { architecture, rootfs } = JSON.parse(image.document.toString());
  const json = {
    Id: image.id,
    RepoTags: [...image.tags],
    RepoDigests: [...image.digests],
    Parent: '',
    Comment: image.comment,
    Created: image.created,
    Container: '',
    ContainerConfig: configDocument({}),
    DockerVersion: '',
    Author: '',
    Config: config,
    Architecture: architecture,
    Os: 'linux',
    Size: image.size,
    VirtualSize: image.size,
    GraphDriver: { Data: { MergedDir: `${folder}/merged`, UpperDir: `${folder}/diff`, WorkDir: `${folder}/work` }, Name: 'overlay2' },
    RootFS: { Type: 'layers', Layers: rootfs.diff_ids },
    Metadata: { LastTagTime: rfc3339Nano(image.lastTag) },
  };
  return { status: 200, json };
}

function imageFindToInspect(engine: EngineState, ref: string): Image {
  try {
    return engine.images.find(ref);
  } catch (error) {
    throw new EngineError(404, `no such image: ${ref}: ${(error as Error).message}`);
  }
}

function configDocument(config: object) {
  return {
    Hostname: '',
    Domainname: '',
    User: '',
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: null,
    Cmd: null,
    Image: '',
    Volumes: null,
    WorkingDir: '',
    Entrypoint: null,
    OnBuild: null,
    Labels: null,
    ...config,
  };
}

function imageHistory(engine: EngineState, call: Call): Reply {
  const image = engine.images.find(call.params.name ?? '');
  const Created = Math.floor(Date.parse(image.created) / 1000);
  return {
    status: 200,
    json: [{ Comment: image.comment, Created, CreatedBy: '', Id: image.id, Size: image.size, Tags: orNull(image.tags) }],
  };
}

function imageTag(engine: EngineState, call: Call): Reply {
  const image = engine.images.find(call.params.name ?? '');
  imageTagAs(engine, image, tagOf(call));
  return { status: 201 };
}

/** The reference of `repo` and `tag`. A bad one is a 500 here, where elsewhere it is a 400. */
function tagOf(call: Call): string {
  try {
    return tagReference(`${call.query.get('repo')}:${call.query.get('tag') || 'latest'}`);
  } catch (error) {
    throw new EngineError(500, (error as Error).message);
  }
}

export function imageTagAs(engine: EngineState, image: Image, reference: string): void {
  engine.images.tag(image, reference);
  image.lastTag = engine.clock.nanos();
  imageEvent(engine, image, 'tag', reference);
}

/** By tag: the tag goes, and the image with its last one. By id: all of it. */
function imageRemove(engine: EngineState, call: Call): Reply {
  const ref = call.params.name ?? '';
  const force = flag(call.query.get('force'));
  const image = engine.images.find(ref);
  const tag = image.tags.has(referenceOrEmpty(ref)) ? tagReference(ref) : null;
  const removed: { Untagged?: string; Deleted?: string }[] = [];
  const untag = (reference: string) => {
    engine.images.untag(reference);
    imageEvent(engine, image, 'untag');
    removed.push({ Untagged: reference });
  };
  if (tag !== null && image.tags.size > 1) {
    untag(tag);
    return { status: 200, json: removed };
  }
  const refusal = removalRefusal(engine, image, ref, tag, force);
  if (refusal !== null) throw new EngineError(409, refusal);
  for (const reference of [...image.tags]) untag(reference);
  if (tag !== null && force && userOf(engine, image) !== undefined) return { status: 200, json: removed };
  engine.images.delete(image);
  imageEvent(engine, image, 'delete');
  removed.push({ Deleted: image.id });
  for (const layer of image.layers) {
    if (!engine.images.all().some(({ layers }) => layers.some((other) => other.equals(layer))))
      removed.push({ Deleted: `sha256:${sha256(layer)}` });
  }
  return { status: 200, json: removed };
}

function referenceOrEmpty(ref: string): string {
  try {
    return tagReference(ref);
  } catch {
    return '';
  }
}

function userOf(engine: EngineState, image: Image) {
  const users = [...engine.containers.values()].filter(({ imageId }) => imageId === image.id);
  return users.find(containerRuns) ?? users[0];
}

/** Why this image may not go, in the words of an engine; null when it may. */
function removalRefusal(engine: EngineState, image: Image, ref: string, tag: string | null, force: boolean): string | null {
  const user = userOf(engine, image);
  const short = image.id.slice(7, 19);
  const shortUser = user?.id.slice(0, 12);
  if (tag !== null) {
    if (user === undefined || force) return null;
    return `conflict: unable to remove repository reference "${ref}" (must force) - container ${shortUser} is using its referenced image ${short}`;
  }
  if (user !== undefined && containerRuns(user)) {
    return `conflict: unable to delete ${short} (cannot be forced) - image is being used by running container ${shortUser}`;
  }
  if (force) return null;
  if (image.tags.size > 1) return `conflict: unable to delete ${short} (must be forced) - image is referenced in multiple repositories`;
  if (user === undefined) return null;
  return `conflict: unable to delete ${short} (must be forced) - image is being used by stopped container ${shortUser}`;
}

function imagePrune(engine: EngineState): Reply {
  const unused = engine.images.all().filter((image) => image.tags.size === 0 && userOf(engine, image) === undefined);
  for (const image of unused) {
    engine.images.delete(image);
    imageEvent(engine, image, 'delete');
  }
  engine.events.emit('image', 'prune', '', { reclaimed: '0' });
  return {
    status: 200,
    json: { ImagesDeleted: unused.length === 0 ? null : unused.map(({ id }) => ({ Deleted: id })), SpaceReclaimed: 0 },
  };
}
