import { EngineError } from './engine-error.ts';
import { bytesReply } from './files.ts';
import type { Call, Reply, Route } from './http.ts';
import { type Image, type ImageConfig, imageMake, imageOfReference, sha256 } from './image-store.ts';
import { imageEvent, imageTagAs } from './images.ts';
import { repositoryOf, tagReference } from './references.ts';
import type { EngineState } from './state.ts';
import { type TarEntry, tarFile, tarFolder, tarRead, tarWrite } from './tar.ts';
import { rfc3339Nano } from './time.ts';

export const imageTransferRoutes: Route[] = [
  { method: 'POST', path: '/images/create', handle: imageCreate },
  { method: 'POST', path: '/images/load', handle: imageLoad },
  { method: 'GET', path: '/images/get', handle: (engine, call) => imageSave(engine, call.query.getAll('names')) },
  { method: 'GET', path: '/images/{name*}/get', handle: (engine, call) => imageSave(engine, [call.params.name ?? '']) },
];

/** Every fake engine pulls from one registry that has any image; what was once pulled can also be had by digest. */
const referenceByDigest = new Map<string, string>();

function imageCreate(engine: EngineState, call: Call): Reply {
  const source = call.query.get('fromSrc');
  if (source === '-') return imageImport(engine, call);
  if (source !== null) throw new EngineError(500, `Get "${source}": dial tcp: connect: connection refused`);
  const name = call.query.get('fromImage') ?? '';
  const tag = call.query.get('tag') ?? '';
  return imagePull(engine, tag.startsWith('sha256:') ? `${name}@${tag}` : tagReference(tag === '' ? name : `${name}:${tag}`));
}

/** Puts an image there as a pull does, without the progress. */
export function imageAdd(engine: EngineState, reference: string): Image {
  const content = imageOfReference(reference, engine.settings.architecture);
  const image = engine.images.add(content);
  const digest = `sha256:${sha256(`manifest of ${sha256(content.document)}`)}`;
  referenceByDigest.set(digest, reference);
  image.digests.add(`${repositoryOf(reference)}@${digest}`);
  engine.images.tag(image, reference);
  return image;
}

function imagePull(engine: EngineState, asked: string): Reply {
  const digest = asked.split('@')[1];
  const reference = digest === undefined ? asked : referenceByDigest.get(digest);
  if (reference === undefined) throw new EngineError(404, `manifest for ${asked} not found: manifest unknown: manifest unknown`);
  const known = engine.images.all().some(({ tags }) => tags.has(reference));
  const image = imageAdd(engine, reference);
  if (digest !== undefined && !known) engine.images.untag(reference);
  const repository = repositoryOf(reference);
  engine.events.emit('image', 'pull', asked, { name: repository });
  const id = sha256(image.layers[0] ?? '').slice(0, 12);
  const half = { current: image.size / 2, total: image.size };
  const layer = [
    { status: 'Pulling fs layer', progressDetail: {}, id },
    { status: 'Downloading', progressDetail: half, progress: '[====>     ]', id },
    { status: 'Download complete', progressDetail: {}, id },
    { status: 'Pull complete', progressDetail: {}, id },
  ];
  return linesReply([
    { status: `Pulling from ${repository.includes('/') ? repository : `library/${repository}`}`, id: asked.slice(repository.length + 1) },
    ...(known ? [] : layer),
    { status: `Digest: ${[...image.digests][0]?.split('@')[1]}` },
    { status: known ? `Status: Image is up to date for ${asked}` : `Status: Downloaded newer image for ${asked}` },
  ]);
}

function imageImport(engine: EngineState, call: Call): Reply {
  const { query, body } = call;
  const comment = query.get('message') || 'Imported from -';
  const { architecture } = engine.settings;
  const config = configOfChanges(query.getAll('changes'));
  const image = engine.images.add(imageMake({ architecture, config, created: rfc3339Nano(engine.clock.nanos()), comment, layer: body }));
  const repo = query.get('repo');
  if (repo) imageTagAs(engine, image, tagReference(query.get('tag') ? `${repo}:${query.get('tag')}` : repo));
  imageEvent(engine, image, 'import');
  return linesReply([{ status: image.id }]);
}

/** Reads the Dockerfile instructions that an import may carry. */
function configOfChanges(changes: string[]): ImageConfig {
  const config: ImageConfig = { Cmd: null };
  for (const change of changes) {
    const [, instruction = '', argument = ''] = /^\s*(\w+)\s+(.*)$/s.exec(change) ?? [];
    const words = () => (argument.startsWith('[') ? (JSON.parse(argument) as string[]) : ['/bin/sh', '-c', argument]);
    const [key = '', value = ''] = argument.split(/=(.*)/s);
    const actions: Record<string, () => unknown> = {
      CMD: () => (config.Cmd = words()),
      ENTRYPOINT: () => (config.Entrypoint = words()),
      ENV: () => (config.Env = [...(config.Env ?? []), argument]),
      LABEL: () => (config.Labels = { ...config.Labels, [key]: value.replace(/^"(.*)"$/, '$1') }),
      USER: () => (config.User = argument),
      WORKDIR: () => (config.WorkingDir = argument),
      EXPOSE: () => (config.ExposedPorts = { ...config.ExposedPorts, [argument.includes('/') ? argument : `${argument}/tcp`]: {} }),
      VOLUME: () => (config.Volumes = { ...config.Volumes, [argument]: {} }),
    };
    const action = actions[instruction.toUpperCase()];
    if (action === undefined) throw new EngineError(400, `${instruction} is not a valid change command`);
    action();
  }
  return config;
}

/** The layout of `docker save`: a configuration named by its digest, a folder for each layer, and a manifest. */
function imageSave(engine: EngineState, refs: string[]): Reply {
  const entries: TarEntry[] = [];
  const manifest = refs.map((ref) => {
    const image = imageFindToSave(engine, ref);
    const named = [...image.tags].filter((tag) => tag === ref || tag === `${ref}:latest`);
    const Layers = image.layers.map((layer) => {
      const folder = sha256(layer);
      entries.push(
        tarFolder(folder),
        tarFile(`${folder}/VERSION`, '1.0'),
        tarFile(`${folder}/json`, JSON.stringify({ id: folder })),
        tarFile(`${folder}/layer.tar`, layer),
      );
      return `${folder}/layer.tar`;
    });
    const Config = `${image.id.slice(7)}.json`;
    entries.push(tarFile(Config, image.document));
    imageEvent(engine, image, 'save');
    return { Config, RepoTags: named.length === 0 ? null : named, Layers };
  });
  const unique = [...new Map(entries.map((entry) => [entry.name, entry])).values()];
  return bytesReply(tarWrite([...unique, tarFile('manifest.json', JSON.stringify(manifest))]), 'application/x-tar');
}

function imageFindToSave(engine: EngineState, ref: string): Image {
  try {
    return engine.images.find(ref);
  } catch {
    throw new EngineError(404, `No such image: ${ref}`);
  }
}

function imageLoad(engine: EngineState, call: Call): Reply {
  try {
    const files = new Map(tarRead(call.body).map(({ name, data }) => [name, data]));
    const manifest = JSON.parse((files.get('manifest.json') ?? '').toString()) as {
      Config: string;
      RepoTags: string[] | null;
      Layers: string[];
    }[];
    return linesReply(
      manifest.map(({ Config, RepoTags, Layers }) => {
        const document = Buffer.from(files.get(Config) ?? Buffer.alloc(0));
        const image = engine.images.add({ document, layers: layersOf(engine, document, files, Layers) });
        for (const tag of RepoTags ?? []) engine.images.tag(image, tagReference(tag));
        imageEvent(engine, image, 'load');
        return { stream: RepoTags?.length ? `Loaded image: ${RepoTags[0]}\n` : `Loaded image ID: ${image.id}\n` };
      }),
    );
  } catch (error) {
    const message = `Error processing tar file(exit status 1): ${(error as Error).message}`;
    return linesReply([{ errorDetail: { message }, error: message }]);
  }
}

/** A layer that an engine has is not looked for in the archive. */
function layersOf(engine: EngineState, document: Buffer, files: ReadonlyMap<string, Uint8Array>, paths: string[]): Buffer[] {
  const known = new Map(engine.images.all().flatMap(({ layers }) => layers.map((layer) => [`sha256:${sha256(layer)}`, layer])));
  const diffIds = (JSON.parse(document.toString()).rootfs?.diff_ids ?? []) as string[];
  return paths.map((path, index) => known.get(diffIds[index] ?? '') ?? Buffer.from(files.get(path) ?? Buffer.alloc(0)));
}

function linesReply(lines: object[]): Reply {
  return bytesReply(Buffer.from(lines.map((line) => `${JSON.stringify(line)}\r\n`).join('')), 'application/json');
}
