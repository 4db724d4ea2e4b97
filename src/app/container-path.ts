import type { ContainerRow } from '../db/store/container.ts';
import { pathClean, pathJoin } from '../dockerfile/path.ts';
import { BerthError } from '../domain/errors.ts';
import { bytesJoin } from '../images/archive-bytes.ts';
import { FileTarReader } from '../images/file-tar-read.ts';
import { containerArchiveGet, containerArchiveStat } from './container-stream.ts';
import type { App } from './context.ts';

type Row = ContainerRow & { engineId: string };

/** A path inside a container with every symlink on it followed, and what is there. */
export interface ContainerPath {
  path: string;
  kind: 'file' | 'folder' | 'none';
  /** The deepest part of it that is there: a folder, or the path itself. */
  there: string;
}

/** Go's os.FileMode of a folder and of a symlink, as the engine tells them. */
const [folderBit, linkBit] = [0x8000_0000, 0x0800_0000];

/** Follows a path part by part, as the container itself would. Nothing leads out of it: it is the engine that follows each link. */
export async function containerPathFind(app: App, row: Row, path: string, signal: AbortSignal): Promise<ContainerPath> {
  let at = '/';
  const parts = pathClean(`/${path}`).split('/').filter(Boolean);
  for (const [index, part] of parts.entries()) {
    const next = pathJoin(at, part);
    const found = await stat(app, row, next, signal);
    if (!found) return { path: pathJoin(at, ...parts.slice(index)), kind: 'none', there: at };
    const target = found.mode & linkBit ? found.linkTarget : next;
    const there = target === next ? found : await stat(app, row, target, signal);
    if (!there) return { path: pathJoin(target, ...parts.slice(index + 1)), kind: 'none', there: at };
    const last = index === parts.length - 1;
    if (!(there.mode & folderBit)) {
      if (!last) throw new BerthError('malformed', `Cannot mkdir: ${target} is not a directory`);
      return { path: target, kind: 'file', there: target };
    }
    at = target;
  }
  return { path: at, kind: 'folder', there: at };
}

async function stat(app: App, row: Row, path: string, signal: AbortSignal): Promise<{ mode: number; linkTarget: string } | null> {
  try {
    const { headers } = await containerArchiveStat(app, row, path, signal);
    const { mode, linkTarget } = JSON.parse(atob(String(headers['x-docker-container-path-stat'] ?? '')));
    return { mode: Number(mode), linkTarget: String(linkTarget) };
  } catch (error) {
    if (error instanceof BerthError && error.code === 'not_found') return null;
    throw error;
  }
}

/** A small file of the container, as text; '' when there is none. */
export async function containerFileText(app: App, row: Row, path: string, limitBytes: number, signal: AbortSignal): Promise<string> {
  const found = await containerPathFind(app, row, path, signal);
  if (found.kind !== 'file') return '';
  const { body } = await containerArchiveGet(app, row, found.path, signal);
  const reader = new FileTarReader(body);
  try {
    const entry = await reader.next();
    if (entry?.type !== '0') return '';
    if (entry.size > limitBytes) throw new BerthError('too_large', `${path} is larger than ${limitBytes} bytes.`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of reader.content(entry)) chunks.push(chunk);
    return chunks.length === 0 ? '' : new TextDecoder().decode(bytesJoin(chunks));
  } finally {
    await reader.close();
  }
}
