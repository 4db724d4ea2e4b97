import { createHash } from 'node:crypto';
import type { HealthcheckConfig } from './container-config.ts';
import { EngineError } from './engine-error.ts';
import { repositoryOf, tagReference } from './references.ts';
import { type TarEntry, tarFile, tarFolder, tarRead, tarWrite } from './tar.ts';

/** What an image brings to its containers. */
export interface ImageConfig {
  Cmd?: string[] | null;
  Entrypoint?: string[] | null;
  Env?: string[] | null;
  Labels?: Record<string, string> | null;
  Volumes?: Record<string, unknown> | null;
  ExposedPorts?: Record<string, unknown> | null;
  WorkingDir?: string;
  User?: string;
  Healthcheck?: HealthcheckConfig;
  StopSignal?: string;
}

export interface Image {
  /** The digest of `document`: the same image has the same id on every engine. */
  readonly id: string;
  /** The image's configuration, byte for byte. */
  readonly document: Buffer;
  readonly config: ImageConfig;
  readonly created: string;
  readonly comment: string;
  readonly layers: Buffer[];
  readonly size: number;
  readonly tags: Set<string>;
  /** `busybox@sha256:…`, of what was pulled. */
  readonly digests: Set<string>;
  lastTag: bigint | null;
}

export interface ImageContent {
  document: Buffer;
  layers: Buffer[];
}

export class ImageStore {
  readonly #images = new Map<string, Image>();
  readonly #tags = new Map<string, string>();

  /** Newest first, as an engine lists them. */
  all(): Image[] {
    return [...this.#images.values()].reverse();
  }

  byId(id: string): Image | undefined {
    return this.#images.get(id);
  }

  /** By id, prefix of an id, tag or digest. Throws 404. */
  find(ref: string): Image {
    const hex = ref.replace(/^sha256:/, '');
    const exact = this.#images.get(`sha256:${hex}`);
    if (exact !== undefined) return exact;
    if (ref.includes('@')) {
      const digested = this.all().find(({ digests }) => digests.has(`${repositoryOf(ref)}@${ref.slice(ref.indexOf('@') + 1)}`));
      if (digested !== undefined) return digested;
      throw new EngineError(404, `No such image: ${ref}`);
    }
    const tagged = ref.startsWith('sha256:') ? undefined : this.#images.get(this.#tags.get(tagReference(ref)) ?? '');
    const found = tagged ?? (/^[0-9a-f]+$/.test(hex) ? this.all().find(({ id }) => id.startsWith(`sha256:${hex}`)) : undefined);
    if (found === undefined) throw new EngineError(404, `No such image: ${ref.startsWith('sha256:') ? ref : tagReference(ref)}`);
    return found;
  }

  add({ document, layers }: ImageContent): Image {
    const id = `sha256:${sha256(document)}`;
    const existing = this.#images.get(id);
    if (existing !== undefined) return existing;
    const { config, created, history } = JSON.parse(document.toString());
    const image: Image = {
      id,
      document,
      config: config ?? {},
      created,
      comment: history?.[0]?.comment ?? '',
      layers,
      size: layers.reduce((sum, layer) => sum + layer.length, 0),
      tags: new Set(),
      digests: new Set(),
      lastTag: null,
    };
    this.#images.set(id, image);
    return image;
  }

  /** Gives an image a tag, which it takes from whatever had it. */
  tag(image: Image, reference: string): void {
    this.untag(reference);
    this.#tags.set(reference, image.id);
    image.tags.add(reference);
  }

  untag(reference: string): void {
    this.#images.get(this.#tags.get(reference) ?? '')?.tags.delete(reference);
    this.#tags.delete(reference);
  }

  delete(image: Image): void {
    for (const tag of [...image.tags]) this.untag(tag);
    this.#images.delete(image.id);
  }

  files(id: string): TarEntry[] {
    return (this.#images.get(id)?.layers ?? []).flatMap(tarRead);
  }
}

/** An image made of one layer. The same arguments give the same bytes, and so the same id. */
export function imageMake(options: {
  architecture: string;
  config: ImageConfig;
  created: string;
  comment: string;
  layer: Buffer;
}): ImageContent {
  const { architecture, config, created, comment, layer } = options;
  const document = {
    architecture: architecture === 'aarch64' ? 'arm64' : 'amd64',
    os: 'linux',
    created,
    config,
    history: [{ created, comment }],
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
  };
  return { document: Buffer.from(JSON.stringify(document)), layers: [layer] };
}

/** What a pull of any reference brings, with a small file tree that names it. */
export function imageOfReference(reference: string, architecture: string): ImageContent {
  const passwd = tarFile('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n');
  const layer = tarWrite([
    tarFolder('bin'),
    tarFile('bin/sh', ''),
    tarFolder('etc'),
    passwd,
    tarFile('etc/image', `${reference}\n`),
    tarFolder('tmp'),
  ]);
  const config = { Cmd: ['sh'], Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] };
  return imageMake({ architecture, config, created: '2024-01-01T00:00:00Z', comment: '', layer });
}

export function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}
