import { pathBase, pathJoin, pathParent } from '../dockerfile/path.ts';
import { BerthError } from '../domain/errors.ts';
import { tarPadding } from '../images/archive-tar.ts';
import { tarEnd } from '../images/archive-tar-write.ts';
import type { FileEntry } from '../images/file-tar-read.ts';
import { fileTarHeader } from '../images/file-tar-write.ts';
import type { TreeFile } from '../images/file-tree.ts';
import type { Owner } from './build-chown.ts';
import type { CopySource } from './build-copy-sources.ts';
import type { ContainerPath } from './container-path.ts';

/** A tar for the root of the container, or an archive for one of its folders, which the engine unpacks as it is. */
export type CopyPart = { kind: 'entries'; entries: CopyEntry[] } | { kind: 'archive'; folder: string; source: CopySource };

export interface CopyEntry {
  header: FileEntry;
  content: { source: CopySource; file: TreeFile } | null;
}

/** How the files of one COPY or ADD come to lie in the image. `owner` null: as they are in the source. Source: moby builder/dockerfile/copy.go. */
export function copyParts(
  sources: readonly CopySource[],
  target: { written: string; found: ContainerPath; owner: Owner | null; archives: ReadonlySet<CopySource>; now: number },
): CopyPart[] {
  const folders = new Folders(target.found, target.now);
  return sources.map((source) => {
    const { path } = target.found;
    if (source.tree.isFolder(source.resolved)) {
      if (target.found.kind === 'file')
        throw new BerthError('malformed', `failed to copy files: failed to copy directory: ${target.written} is not a directory`);
      return { kind: 'entries', entries: [...folders.make(path, target.owner, false), ...below(source, path, target.owner)] };
    }
    if (target.archives.has(source)) return { kind: 'archive', folder: path, source };
    const inside = target.written.endsWith('/') || target.found.kind === 'folder';
    const place = inside ? pathJoin(path, pathBase(source.path)) : path;
    const file = source.tree.file(source.resolved) as TreeFile;
    return {
      kind: 'entries',
      entries: [...folders.make(pathParent(place), target.owner, true), entryOf(source, file, place, target.owner)],
    };
  });
}

/** The folders that an archive's own folder needs before it. */
export function archiveFolders(found: ContainerPath, now: number): CopyEntry[] {
  return new Folders(found, now).make(found.path, null, false);
}

/** Folders that are not there yet, each made once. */
class Folders {
  readonly #found: ContainerPath;
  readonly #now: number;
  readonly #made = new Set<string>();

  constructor(found: ContainerPath, now: number) {
    this.#found = found;
    this.#now = now;
  }

  /** Those above a file are its owner's; of those for a folder only the last one is. */
  make(path: string, owner: Owner | null, all: boolean): CopyEntry[] {
    const missing: string[] = [];
    for (let at = path; at !== this.#found.there && at !== '/' && !this.#made.has(at); at = pathParent(at)) missing.unshift(at);
    return missing.map((folder) => {
      this.#made.add(folder);
      const own = owner !== null && (all || folder === path) ? owner : { uid: 0, gid: 0 };
      return { header: { ...plain, ...own, type: '5', name: `${folder.slice(1)}/`, mode: 0o755, mtime: this.#now }, content: null };
    });
  }
}

const plain: FileEntry = {
  ...{ type: '5', name: '', target: '', mode: 0, uid: 0, gid: 0, size: 0, mtime: 0, major: 0, minor: 0, uname: '', gname: '' },
  xattrs: new Map(),
};

/** What is below a folder of the source, below a folder of the target. A second name of a file stays one. */
function below(source: CopySource, folder: string, owner: Owner | null): CopyEntry[] {
  const names = new Map<TreeFile['offset'], string>();
  return [...source.tree.walk(source.resolved)].slice(1).map((path) => {
    const place = pathJoin(folder, path.slice(source.resolved === '/' ? 0 : source.resolved.length));
    const file = source.tree.file(path);
    if (!file) return { header: { ...plain, ...owner, name: `${place.slice(1)}/`, mode: 0o755 }, content: null };
    const filled = file.type === '0' && file.size > 0;
    const first = filled ? names.get(file.offset) : undefined;
    if (first !== undefined)
      return { header: { ...file, ...owner, type: '1', name: place.slice(1), target: first, size: 0 }, content: null };
    if (filled) names.set(file.offset, place.slice(1));
    return entryOf(source, file, place, owner);
  });
}

function entryOf(source: CopySource, file: TreeFile, place: string, owner: Owner | null): CopyEntry {
  const name = file.type === '5' ? `${place.slice(1)}/` : place.slice(1);
  return { header: { ...file, ...owner, name }, content: file.type === '0' && file.size > 0 ? { source, file } : null };
}

export async function* entriesTar(entries: readonly CopyEntry[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const { header, content } of entries) {
    yield fileTarHeader(header);
    if (!content) continue;
    yield* content.source.tree.content(content.file);
    yield new Uint8Array(tarPadding(content.file.size));
  }
  yield tarEnd();
}
