import { posix } from 'node:path';
import { type Container, containerEvent, containerFind } from './container.ts';
import { EngineError } from './engine-error.ts';
import type { Call, Reply, Route } from './http.ts';
import { mountEvents } from './mounts.ts';
import type { EngineState } from './state.ts';
import { type TarEntry, tarRead, tarWrite } from './tar.ts';

/** A container's files by absolute path, `/` not among them. */
export type FileTree = Map<string, TarEntry>;

/** Go's FileMode bits, in which the stat header speaks. */
const goModeFolder = 0x80000000;
const goModeLink = 0x08000000;

export const fileRoutes: Route[] = [
  { method: 'GET', path: '/containers/{id}/archive', handle: archiveGet },
  { method: 'HEAD', path: '/containers/{id}/archive', handle: archiveHead },
  { method: 'PUT', path: '/containers/{id}/archive', handle: archivePut },
  { method: 'GET', path: '/containers/{id}/export', handle: containerExport },
];

/** What `cat PATH` in a container reads; null when there is no such file. */
export function containerFileRead(engine: EngineState, container: Container, path: string): Buffer | null {
  const entry = treeOf(engine, container).get(posix.resolve('/', path));
  return entry?.type === 'file' ? entry.data : null;
}

function treeOf(engine: EngineState, container: Container): FileTree {
  container.files ??= new Map(engine.images.files(container.imageId).map((entry) => [`/${entry.name}`, entry]));
  return container.files;
}

interface Found {
  container: Container;
  tree: FileTree;
  path: string;
  /** null for the root. */
  entry: TarEntry | null;
}

function pathFind(engine: EngineState, call: Call): Found {
  const asked = call.query.get('path') ?? '';
  if (asked === '') throw new EngineError(400, 'bad parameter: pathcannot be empty');
  const ref = call.params.id ?? '';
  const container = containerFind(engine, ref);
  const tree = treeOf(engine, container);
  const path = posix.resolve('/', asked);
  const entry = tree.get(path) ?? null;
  if (entry === null && path !== '/') throw new EngineError(404, `Could not find the file ${asked} in container ${ref}`);
  return { container, tree, path, entry };
}

function archiveGet(engine: EngineState, call: Call): Reply {
  const found = pathFind(engine, call);
  const base = posix.basename(found.path);
  const below = [...found.tree].filter(([path]) => path.startsWith(found.path === '/' ? '/' : `${found.path}/`));
  const renamed = below.map(([path, entry]) => ({
    ...entry,
    name: posix.join(base, path.slice(found.path === '/' ? 1 : found.path.length + 1)),
  }));
  const archive = tarWrite(found.entry === null ? renamed : [{ ...found.entry, name: base }, ...renamed]);
  mountEvents(engine, found.container, 'mount');
  containerEvent(engine, found.container, 'archive-path');
  mountEvents(engine, found.container, 'unmount');
  return bytesReply(archive, 'application/x-tar', statHeader(found));
}

function archiveHead(engine: EngineState, call: Call): Reply {
  return { status: 200, headers: statHeader(pathFind(engine, call)) };
}

function archivePut(engine: EngineState, call: Call): Reply {
  const { container, tree, path, entry } = pathFind(engine, call);
  if (entry !== null && entry.type !== 'directory') throw new EngineError(400, 'extraction point is not a directory');
  for (const added of tarRead(call.body)) {
    if (added.name !== '') tree.set(posix.join(path, added.name), added);
  }
  mountEvents(engine, container, 'mount');
  containerEvent(engine, container, 'extract-to-dir');
  mountEvents(engine, container, 'unmount');
  return { status: 200 };
}

function containerExport(engine: EngineState, call: Call): Reply {
  const container = containerFind(engine, call.params.id ?? '');
  containerEvent(engine, container, 'export');
  const entries = [...treeOf(engine, container)].map(([path, entry]) => ({ ...entry, name: path.slice(1) }));
  return bytesReply(tarWrite(entries), 'application/octet-stream');
}

/** A body that is streamed, as an engine streams its archives: no length is known before. */
export function bytesReply(data: Buffer, contentType: string, headers?: Record<string, string>): Reply {
  return { status: 200, contentType, headers, stream: (out) => void out.end(data) };
}

function statHeader({ path, entry }: Found): Record<string, string> {
  const kind = entry === null || entry.type === 'directory' ? goModeFolder : entry.type === 'symlink' ? goModeLink : 0;
  const stat = {
    name: posix.basename(path) || '/',
    size: entry?.data.length ?? 0,
    mode: (entry?.mode ?? 0o755) + kind,
    mtime: new Date((entry?.mtime ?? 0) * 1000).toISOString().replace('.000', ''),
    linkTarget: entry?.linkname ?? '',
  };
  return { 'X-Docker-Container-Path-Stat': Buffer.from(JSON.stringify(stat)).toString('base64') };
}
