import { wildcards } from '../dockerfile/match.ts';
import { pathBase, pathJoin, pathParent } from '../dockerfile/path.ts';
import type { Spool } from '../domain/spool.ts';
import { FileTree } from '../images/file-tree.ts';
import type { BuildSource } from './build-from.ts';
import { layersContainer } from './build-run.ts';
import type { Build, BuildStage } from './build-state.ts';
import { containerPathFind } from './container-path.ts';
import { containerRemove } from './container-remove.ts';
import { containerArchiveGet } from './container-stream.ts';

/**
 * What `COPY --from` names in an image, as a tree on the disk: a container of the image's layers is made, never started, and asked for these
 * paths. `spool` is the caller's to close.
 */
export async function imageTree(
  build: Build,
  stage: BuildStage,
  source: BuildSource,
  { written, spool }: { written: readonly string[]; spool: Spool },
): Promise<FileTree> {
  const { app, scope, signal } = build;
  const tree = new FileTree(spool);
  const row = await layersContainer(build, stage, source);
  try {
    for (const path of written) {
      const found = await containerPathFind(app, row, wildcardsRoot(path), signal);
      if (found.kind === 'none') continue;
      const { body } = await containerArchiveGet(app, row, found.path, signal);
      await tree.add(body, app.archiveTools.sha256, (name) => placed(name, found.path));
      const asked = pathJoin('/', wildcardsRoot(path));
      if (asked !== found.path) tree.link(asked, found.path);
    }
    return tree;
  } finally {
    await containerRemove(app, scope, row, { force: true, volumes: true });
  }
}

/** The folder above the first part that is a pattern. */
function wildcardsRoot(path: string): string {
  const parts = path.split('/');
  const first = parts.findIndex(wildcards);
  return first < 0 ? path : parts.slice(0, first).join('/');
}

/** An engine names what it sends from the last part of the path that was asked for. */
function placed(name: string, path: string): string {
  if (path === '/') return name.replace(/^\/+/, '');
  const base = pathBase(path);
  const below = name === base || name.startsWith(`${base}/`) ? name.slice(base.length) : `/${name}`;
  return pathJoin(pathParent(path), base).slice(1) + below;
}
