import type { TenantScope } from '../db/scope.ts';
import { ignoreMatch, ignoreRead } from '../dockerfile/ignore.ts';
import { BerthError } from '../domain/errors.ts';
import { buildLimits } from '../domain/limits.ts';
import type { Spool } from '../domain/spool.ts';
import { bytesJoin } from '../images/archive-bytes.ts';
import { archiveDecompress } from '../images/compression.ts';
import { FileTree, type TreeFile } from '../images/file-tree.ts';
import type { App } from './context.ts';

export interface BuildContext {
  tree: FileTree;
  /** What the Dockerfile says. */
  dockerfile: string;
  spool: Spool;
}

/**
 * Takes in a build's context, to the disk, and finds its Dockerfile. Throws `malformed`, in Docker's words where it has some, and
 * `too_large`. Source: moby builder/remotecontext/detect.go.
 */
export async function buildContextRead(
  app: App,
  scope: TenantScope,
  source: AsyncIterable<Uint8Array>,
  dockerfilePath: string,
): Promise<BuildContext> {
  const spool = await app.spoolOpen(scope.tenantId);
  try {
    const tree = new FileTree(spool);
    await tree.add(archiveDecompress(source, app.archiveTools.decompress), app.archiveTools.sha256);
    const path = dockerfileFind(tree, dockerfilePath);
    const dockerfile = await textRead(tree, tree.file(tree.resolve(path)), dockerfilePath);
    await ignoredRemove(tree, path);
    return { tree, dockerfile, spool };
  } catch (error) {
    await spool.close();
    throw error;
  }
}

function dockerfileFind(tree: FileTree, path: string): string {
  for (const candidate of path === 'Dockerfile' ? [path, path.toLowerCase()] : [path])
    if (tree.exists(tree.resolve(candidate))) return candidate;
  throw new BerthError('malformed', `Cannot locate specified Dockerfile: ${path}`);
}

async function textRead(tree: FileTree, file: TreeFile | undefined, name: string): Promise<string> {
  if (file?.type !== '0') throw new BerthError('malformed', `unexpected error reading Dockerfile: read ${name}: is a directory`);
  if (file.size > buildLimits.dockerfileBytes)
    throw new BerthError('too_large', `${name} is larger than ${buildLimits.dockerfileBytes} bytes. Split it.`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of tree.content(file)) chunks.push(chunk);
  return chunks.length === 0 ? '' : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytesJoin(chunks));
}

/** A client leaves out what .dockerignore names, but for the Dockerfile and that file itself, which the builder has to read. */
async function ignoredRemove(tree: FileTree, dockerfile: string): Promise<void> {
  const path = tree.resolve('.dockerignore');
  const file = tree.file(path);
  if (file?.type !== '0' || file.size > buildLimits.dockerfileBytes) return;
  const patterns = ignoreRead(await textRead(tree, file, '.dockerignore'));
  for (const name of ['.dockerignore', dockerfile]) if (ignoreMatch(name, patterns)) tree.remove(tree.resolve(name));
}
