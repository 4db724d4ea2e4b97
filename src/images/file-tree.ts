import { byBytes } from '../dockerfile/instruction-read.ts';
import { pathClean, pathJoin, pathParent } from '../dockerfile/path.ts';
import { BerthError } from '../domain/errors.ts';
import type { Spool } from '../domain/spool.ts';
import { type FileEntry, FileTarReader } from './file-tar-read.ts';

/** A file of a tree, whose content lies in the tree's spool. */
export interface TreeFile extends FileEntry {
  /** Where its content begins there. */
  offset: number;
  /** Of its header and content, as the classic builder makes it. */
  sum: string;
}

export type TreeHash = () => { update(chunk: Uint8Array): unknown; hex(): string | Promise<string> };

const entryLimit = 500_000;
const linkLimit = 255;

/**
 * The files of a tar, by path (`/a/b`), with their contents on the disk: a build's context, or what COPY takes from an image. Symlinks
 * are followed within it and never out of it.
 */
export class FileTree {
  readonly #spool: Spool;
  readonly #files = new Map<string, TreeFile>();
  readonly #children = new Map<string, Set<string>>([['/', new Set()]]);

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  /**
   * Takes in a tar. `place` gives each file its name where the tar was not made for this tree; then the names of its owners count in its
   * sum, as the builder has it for files of its own. Throws `malformed` for what is no tar, `too_large`.
   */
  async add(source: AsyncIterable<Uint8Array>, hash: TreeHash, place?: (name: string) => string): Promise<void> {
    const reader = new FileTarReader(source);
    try {
      for (let entry = await reader.next(); entry !== null; entry = await reader.next()) {
        const name = place?.(entry.name) ?? entry.name;
        const sum = hash();
        sum.update(headerSummed({ ...entry, name, ...(!place && { uname: '', gname: '' }) }));
        const offset = this.#spool.size;
        for await (const chunk of reader.content(entry)) {
          sum.update(chunk);
          await this.#spool.write(chunk);
        }
        this.#put(pathClean(`/${name}`), { ...entry, name, offset, sum: await sum.hex() });
      }
    } finally {
      await reader.close();
    }
  }

  /** What is at a path itself, be it a symlink. */
  file(path: string): TreeFile | undefined {
    return this.#files.get(path);
  }

  exists(path: string): boolean {
    return this.#files.has(path) || this.#children.has(path);
  }

  isFolder(path: string): boolean {
    const file = this.#files.get(path);
    return file ? file.type === '5' : this.#children.has(path);
  }

  /** Where a path leads, with every symlink on it followed inside the tree. It need not exist. */
  resolve(path: string): string {
    let left = pathClean(`/${path}`).split('/').filter(Boolean);
    let at = '/';
    for (let links = 0; left.length > 0; ) {
      const [part = '', ...rest] = left;
      left = rest;
      if (part === '..') {
        at = pathParent(at);
        continue;
      }
      const next = pathJoin(at, part);
      const file = this.#files.get(next);
      if (file?.type !== '2') {
        at = next;
        continue;
      }
      if (++links > linkLimit) throw new BerthError('malformed', `too many links in ${path}`);
      if (file.target.startsWith('/')) at = '/';
      left = [...file.target.split('/').filter((one) => one !== '' && one !== '.'), ...left];
    }
    return at;
  }

  /** A path and everything below it, each folder before its content, in the order of Go's filepath.Walk. */
  *walk(path: string): Generator<string> {
    yield path;
    if (!this.isFolder(path)) return;
    for (const name of [...(this.#children.get(path) ?? [])].sort(byBytes)) yield* this.walk(pathJoin(path, name));
  }

  content({ offset, size }: Pick<TreeFile, 'offset' | 'size'>): AsyncIterable<Uint8Array> {
    return this.#spool.read(offset, size);
  }

  /** A path that leads to another one, as it did where the tree comes from. */
  link(path: string, target: string): void {
    const header = {
      type: '2',
      name: path.slice(1),
      target,
      mode: 0o777,
      uid: 0,
      gid: 0,
      size: 0,
      mtime: 0,
      major: 0,
      minor: 0,
      uname: '',
      gname: '',
    };
    if (!this.exists(path)) this.#put(path, { ...header, xattrs: new Map(), offset: 0, sum: '' });
  }

  remove(path: string): void {
    this.#files.delete(path);
    this.#children.delete(path);
    this.#children.get(pathParent(path))?.delete(path.slice(path.lastIndexOf('/') + 1));
  }

  #put(path: string, file: TreeFile): void {
    if (path === '/') return;
    if (this.#files.size >= entryLimit) throw new BerthError('too_large', `A build context may have ${entryLimit} files.`);
    const before = this.#files.get(path);
    if (before?.type === '5' && file.type !== '5') this.#forgetBelow(path);
    const linked = file.type === '1' ? this.#files.get(pathClean(`/${file.target}`)) : undefined;
    if (file.type === '1' && !linked) throw new BerthError('malformed', 'The context has a hard link to a file that is not before it.');
    // A second name of a file is that file; its sum stays that of its own header. Of a name that occurs twice the first sum counts.
    this.#files.set(path, { ...file, ...(linked && { ...linked, name: file.name, sum: file.sum }), ...(before && { sum: before.sum }) });
    if (file.type === '5' && !this.#children.has(path)) this.#children.set(path, new Set());
    for (let below = path; below !== '/'; below = pathParent(below)) {
      const folder = pathParent(below);
      const names = this.#children.get(folder) ?? new Set();
      names.add(below.slice(folder === '/' ? 1 : folder.length + 1));
      this.#children.set(folder, names);
    }
  }

  #forgetBelow(path: string): void {
    for (const below of [...this.walk(path)].slice(1)) this.remove(below);
    this.#children.delete(path);
  }
}

const encoder = new TextEncoder();

/** The fields that count, in tarsum's order (moby pkg/tarsum, Version1): no times. */
function headerSummed(entry: FileEntry): Uint8Array {
  const { name, mode, uid, gid, size, type, target, uname, gname, major, minor } = entry;
  const text = `name${name}mode${mode}uid${uid}gid${gid}size${size}typeflag${type}linkname${target}uname${uname}gname${gname}devmajor${major}devminor${minor}`;
  if (entry.xattrs.size === 0) return encoder.encode(text);
  const attributes = [...entry.xattrs].sort(([a], [b]) => byBytes(a, b)).map(([key, value]) => key + value);
  const head = encoder.encode(text);
  const tail = Uint8Array.from(attributes.join(''), (character) => character.charCodeAt(0));
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}
