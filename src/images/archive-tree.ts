import { BerthError } from '../domain/errors.ts';
import type { TarEntry } from './archive-tar.ts';

/** The files that an engine reads by name. They are plain files at the top, once, and nothing leads to them. */
const documents: ReadonlySet<string> = new Set(['manifest.json', 'repositories', 'index.json', 'oci-layout']);

/** Bounds what is remembered. Images of 127 layers, twenty at once, have about ten thousand entries. */
const entryLimit = 20_000;
const nameLimit = 512;

/**
 * The paths of an archive so far. An entry is let in only where extracting it can neither replace nor pass through another
 * one: each path occurs once, every folder on the way is a real folder, links stay inside. So what a reader sees of a path
 * is what was written for it, in whichever order and way an engine extracts.
 */
export class ArchiveTree {
  readonly #kinds = new Map<string, TarEntry['kind']>();
  /** Path of a link -> path it leads to. */
  readonly #links = new Map<string, string>();

  /** The entry under its one canonical name, or null for the root folder itself. 'malformed' when it is not let in. */
  add(entry: TarEntry): TarEntry | null {
    const name = archivePath(entry.name);
    if (name === '') {
      if (entry.kind === 'directory') return null;
      throw refused(entry.name, 'takes the place of the top folder');
    }
    const placed = { ...entry, name, target: this.#target(entry, name) };
    this.#folders(name);
    this.#place(name, entry.kind);
    return placed;
  }

  /** The file that a path leads to, by however many links. A path that leads in a circle stays a link, which is no file. */
  resolve(name: string): string {
    let path = name;
    for (let steps = 0; steps < 40; steps++) {
      const next = this.#links.get(path);
      if (next === undefined) break;
      path = next;
    }
    return path;
  }

  #folders(name: string): void {
    for (let slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
      this.#place(name.slice(0, slash), 'directory');
    }
  }

  #place(name: string, kind: TarEntry['kind']): void {
    // A file system that ignores case would make one file of two.
    if (!documents.has(name) && documents.has(name.toLowerCase())) throw refused(name, 'differs only by case from a file with a meaning');
    if (documents.has(name) && kind !== 'file') throw refused(name, 'must be a plain file');
    const before = this.#kinds.get(name);
    if (before === 'directory' && kind === 'directory') return;
    if (before !== undefined) throw refused(name, 'is there twice, or lies below something that is not a folder');
    if (this.#kinds.size >= entryLimit)
      throw new BerthError('malformed', `The archive has more than ${entryLimit} entries. Save fewer images at a time.`);
    this.#kinds.set(name, kind);
  }

  #target(entry: TarEntry, name: string): string {
    if (entry.kind === 'hardlink') {
      const target = archivePath(entry.target);
      if (this.#kinds.get(target) !== 'file' || documents.has(target))
        throw refused(name, 'is a hard link to something that is not a layer before it');
      this.#links.set(name, target);
      return target;
    }
    if (entry.kind === 'symlink') {
      if (entry.target.startsWith('/')) throw refused(name, 'is a link out of the archive');
      const folder = name.slice(0, name.lastIndexOf('/') + 1);
      const target = archivePath(folder + entry.target);
      if (target === '' || documents.has(target.toLowerCase())) throw refused(name, 'is a link to something that is not a layer');
      this.#links.set(name, target);
      return '../'.repeat(folder.split('/').length - 1) + target;
    }
    return '';
  }
}

/**
 * A path as extraction takes it: without leading slash, `.` and `..` resolved by text alone, as Go's path.Clean does.
 * '' is the root. 'malformed' when it escapes, or has a character that no image tool writes.
 */
export function archivePath(raw: string): string {
  if (!/^[\x20-\x5b\x5d-\x7e]*$/.test(raw)) throw refused(raw, 'has a name with characters that image archives do not use');
  const kept: string[] = [];
  for (const segment of raw.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') kept.push(segment);
    else if (kept.pop() === undefined) throw refused(raw, 'leads out of the archive');
  }
  const path = kept.join('/');
  if (path.length > nameLimit) throw refused(path.slice(0, 60), `has a name above ${nameLimit} characters`);
  return path;
}

function refused(name: string, why: string): BerthError {
  return new BerthError('malformed', `The archive cannot be loaded: its entry ${JSON.stringify(name.slice(0, 100))} ${why}.`);
}
