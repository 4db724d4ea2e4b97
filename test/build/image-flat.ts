import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { extract } from 'tar-stream';

/** An image as far as two builders have to agree about it. */
export interface FlatImage {
  /** Without ids and times. */
  config: unknown;
  /** By path: kind, mode, owner, and where a link leads or what a file holds. */
  files: Record<string, string>;
}

interface Entry {
  path: string;
  text: string;
}

const layersKnown = new Map<string, Entry[]>();

/** Of an archive as `docker save` writes it, of one image. */
export async function imageFlat(archive: Buffer): Promise<FlatImage> {
  const files = new Map<string, Buffer>();
  for await (const { header, content } of entriesOf(archive)) files.set(header.linkname ? `-> ${header.name}` : header.name, content);
  const links = new Map<string, string>();
  for await (const { header } of entriesOf(archive)) if (header.type === 'symlink') links.set(header.name, header.linkname ?? '');
  const [manifest] = JSON.parse(String(files.get('manifest.json')));
  const config = JSON.parse(String(files.get(manifest.Config)));
  const tree: Record<string, string> = {};
  for (const [index, name] of (manifest.Layers as string[]).entries()) {
    const diffId = config.rootfs.diff_ids[index] as string;
    const layer = files.get(name) ?? files.get(linkTarget(name, links));
    if (!layersKnown.has(diffId)) layersKnown.set(diffId, await layerEntries(layer as Buffer));
    for (const { path, text } of layersKnown.get(diffId) ?? []) apply(tree, path, text);
  }
  const { architecture, os, author, comment, history, rootfs } = config;
  const { Image: _, ...own } = config.config;
  const steps = history.map(({ created: __, ...step }: Record<string, unknown>) => step);
  return { config: { architecture, os, author, comment, config: own, history: steps, layers: rootfs.diff_ids?.length ?? 0 }, files: tree };
}

function linkTarget(name: string, links: ReadonlyMap<string, string>): string {
  return (links.get(name) ?? '').replace(/^(\.\.\/)+/, '');
}

function apply(tree: Record<string, string>, path: string, text: string): void {
  const [, folder = '', name = ''] = /^(.*\/)?([^/]+)$/.exec(path) ?? [];
  const forget = (start: string, itself: string) => {
    for (const key of Object.keys(tree)) if (key.startsWith(start) || key === itself) delete tree[key];
  };
  if (name === '.wh..wh..opq') forget(folder, '');
  else if (name.startsWith('.wh.')) forget(`${folder}${name.slice(4)}/`, `${folder}${name.slice(4)}`);
  else {
    if (!text.startsWith('directory')) forget(`${path}/`, path);
    tree[path] = text;
  }
}

async function layerEntries(layer: Buffer): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const { header, content } of entriesOf(layer)) {
    const { type, mode = 0, uid, gid, linkname } = header;
    const sum = type === 'file' ? createHash('sha256').update(content).digest('hex').slice(0, 16) : '';
    entries.push({
      path: header.name.replace(/^\.?\/+|\/+$/g, ''),
      text: `${type} ${(mode & 0o7777).toString(8)} ${uid}:${gid} ${linkname ?? ''}${sum}`,
    });
  }
  return entries;
}

async function* entriesOf(archive: Buffer) {
  const tar = Readable.from([archive]).pipe(extract());
  for await (const entry of tar) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    yield { header: entry.header, content: Buffer.concat(chunks) };
  }
}
