import { byBytes } from '../dockerfile/instruction-read.ts';
import { pathMatch, wildcards } from '../dockerfile/match.ts';
import { BerthError } from '../domain/errors.ts';
import { digestOf } from '../images/digest.ts';
import type { FileTree } from '../images/file-tree.ts';
import type { App } from './context.ts';

/** One source of a COPY or ADD. */
export interface CopySource {
  tree: FileTree;
  /** As it is named, for its last part becomes the file's name. */
  path: string;
  /** Where that leads. */
  resolved: string;
  /** As the builder knows it: `file:…` or `dir:…`. */
  hash: string;
  /** It was fetched: ADD does not unpack it. */
  whole: boolean;
}

/** The paths that a source names in a tree, each with its hash. Source: moby builder/dockerfile/copy.go. */
export async function copySourcesFind(app: App, tree: FileTree, written: string, fromImage: boolean): Promise<CopySource[]> {
  const path = written.replace(/^\//, '').replace(/^\.\//, '');
  if (!wildcards(path)) return [await sourceAt(app, tree, path, fromImage)];
  const found: CopySource[] = [];
  for (const one of tree.walk('/')) {
    const relative = one.slice(1);
    if (relative !== '' && pathMatch(path, relative)) found.push(await sourceAt(app, tree, relative, fromImage));
  }
  return found;
}

async function sourceAt(app: App, tree: FileTree, path: string, fromImage: boolean): Promise<CopySource> {
  const resolved = tree.resolve(path);
  if (!tree.exists(resolved)) {
    const missing = `stat ${path}: file does not exist`;
    throw new BerthError('not_found', fromImage ? missing : `file not found in build context or excluded by .dockerignore: ${missing}`);
  }
  const hash = tree.isFolder(resolved) ? await folderHash(app, tree, resolved) : `file:${fileHash(tree, path)}`;
  return { tree, path, resolved, hash, whole: false };
}

/** Of what a path leads to; a path that leads nowhere stands for itself. */
function fileHash(tree: FileTree, path: string): string {
  return tree.file(tree.resolve(path))?.sum ?? path;
}

async function folderHash(app: App, tree: FileTree, folder: string): Promise<string> {
  const sums = [...tree.walk(folder)].map((path) => path.slice(1)).filter((path) => path !== '');
  return `dir:${await listHash(app, sums.map((path) => fileHash(tree, path)).sort(byBytes))}`;
}

/** Of all sources together. */
export async function sourcesHash(app: App, sources: readonly CopySource[]): Promise<string> {
  const [first] = sources;
  if (first && sources.length === 1) return first.hash;
  return `multi:${await listHash(
    app,
    sources.map(({ hash }) => hash),
  )}`;
}

/** Everything that is copied, symlinks as they are: the builder's own hash does not see where a link leads that is copied as a link. */
export function sourcesDigest(app: App, sources: readonly CopySource[]): Promise<string> {
  const lines = sources.flatMap(({ tree, resolved }) => [...tree.walk(resolved)].map((path) => `${path} ${tree.file(path)?.sum ?? ''}`));
  return listHash(app, lines);
}

async function listHash(app: App, list: readonly string[]): Promise<string> {
  return (await digestOf(app.archiveTools, new TextEncoder().encode(list.join(',')))).slice('sha256:'.length);
}
