import type { ContainerRow } from '../db/store/container.ts';
import type { InstructionOf } from '../dockerfile/instruction.ts';
import { pathJoin } from '../dockerfile/path.ts';
import { BerthError } from '../domain/errors.ts';
import type { Spool } from '../domain/spool.ts';
import { archiveIs } from '../images/archive-is.ts';
import type { ProgressLine } from '../images/progress.ts';
import { chownRead, type Owner } from './build-chown.ts';
import { imageTree } from './build-copy-image.ts';
import { type CopySource, copySourcesFind, sourcesDigest, sourcesHash } from './build-copy-sources.ts';
import { archiveFolders, type CopyPart, copyParts, entriesTar } from './build-copy-target.ts';
import { download } from './build-download.ts';
import { type BuildSource, imageSource, stageSource } from './build-from.ts';
import { buildkitNeeded, layersContainer, layerTake } from './build-run.ts';
import type { Build, BuildLines, BuildStage } from './build-state.ts';
import { nopCommandJoined, said, stepAlso, stepCached, stepDone } from './build-step.ts';
import type { Layer } from './build-work.ts';
import { containerFileText, containerPathFind } from './container-path.ts';
import { containerRemove } from './container-remove.ts';
import { containerArchivePut } from './container-stream.ts';

type Copy = InstructionOf<'add'> | InstructionOf<'copy'>;

const accountsBytes = 1024 * 1024;

/** COPY and ADD: files of the context, of an image or from an address, in a container that is never started, as a layer. */
export async function* stepCopy(build: Build, stage: BuildStage, instruction: Copy): BuildLines {
  if (instruction.chmod !== '') throw buildkitNeeded('chmod');
  const from = instruction.from === '' ? null : yield* copyFrom(build, instruction.from);
  const same = from === null ? null : { command: [instruction.kind], more: copyWords(instruction, from) };
  // The same paths of the same image are the same files: then none of them is looked at.
  if (same !== null && (await stepCached(build, stage, same, 'perhaps'))) {
    yield said(' ---> Using cache\n');
    return;
  }
  const spool = await build.app.spoolOpen(build.scope.tenantId);
  try {
    const sources = yield* sourcesOf(build, stage, { instruction, from, spool });
    const chown = instruction.chown === '' ? '' : `--chown=${instruction.chown}`;
    const hash = await sourcesHash(build.app, sources);
    const comment = `${instruction.kind.toUpperCase()} ${chown}${hash} in ${instruction.destination} `;
    const input = { command: nopCommandJoined(stage, comment), more: [await sourcesDigest(build.app, sources), from !== null] };
    const parent = { ...stage };
    if (await stepCached(build, stage, input)) yield said(' ---> Using cache\n');
    else
      await copyNow(build, stage, { instruction, sources, preserve: from !== null && chown === '' }, (layer) =>
        stepDone(build, stage, input, layer),
      );
    if (same !== null) await stepAlso(build, parent, same, stage);
  } finally {
    await spool.close();
  }
}

function copyWords({ sources, destination, chown }: Copy, from: BuildSource): string[] {
  return [from.imageId, chown, destination, ...sources];
}

/** A stage by its name or number, or an image. */
async function* copyFrom(build: Build, name: string): AsyncGenerator<ProgressLine, BuildSource, undefined> {
  try {
    const named = build.stages.find((stage) => stage.name !== '' && stage.name === name.toLowerCase());
    if (named) return stageSource(named);
    if (!/^[+-]?\d+$/.test(name)) return yield* imageSource(build, name);
    const index = Number(name);
    if (index === build.stages.length) throw new BerthError('malformed', 'refers to current build stage');
    const stage = build.stages[index];
    if (!stage) throw new BerthError('malformed', 'index out of bounds');
    return stageSource(stage);
  } catch (error) {
    if (error instanceof BerthError) throw new BerthError(error.code, `invalid from flag value ${name}: ${error.message}`);
    throw error;
  }
}

async function* sourcesOf(
  build: Build,
  stage: BuildStage,
  { instruction, from, spool }: { instruction: Copy; from: BuildSource | null; spool: Spool },
): AsyncGenerator<ProgressLine, CopySource[], undefined> {
  const { kind, destination } = instruction;
  const what = kind.toUpperCase();
  const sources: CopySource[] = [];
  try {
    const local = instruction.sources.filter((source) => !/^https?:\/\//.test(source));
    if (kind === 'copy' && local.length < instruction.sources.length) throw new BerthError('malformed', "source can't be a URL for COPY");
    const tree = from === null ? build.context.tree : await imageTree(build, stage, from, { written: local, spool });
    for (const source of instruction.sources) {
      if (local.includes(source)) sources.push(...(await copySourcesFind(build.app, tree, source, from !== null)));
      else sources.push(yield* download(build, source, destination, spool));
    }
    if (sources.length === 0) throw new BerthError('malformed', 'no source files were specified');
  } catch (error) {
    if (error instanceof BerthError) throw new BerthError(error.code, `${what} failed: ${error.message}`);
    throw error;
  }
  if (sources.length > 1 && !destination.endsWith('/'))
    throw new BerthError(
      'malformed',
      `When using ${what} with more than one source file, the destination must be a directory and end with a /`,
    );
  return sources;
}

async function copyNow(
  build: Build,
  stage: BuildStage,
  { instruction, sources, preserve }: { instruction: Copy; sources: CopySource[]; preserve: boolean },
  done: (layer: Layer | null) => Promise<void>,
): Promise<void> {
  const { app, scope, signal } = build;
  const row = await layersContainer(build, stage, stage);
  try {
    const written = destinationOf(stage, instruction.destination);
    const found = await containerPathFind(app, row, written, signal);
    const file = (path: string) => containerFileText(app, row, path, accountsBytes, signal);
    const root: Owner | null = preserve ? null : { uid: 0, gid: 0 };
    const owner = instruction.chown === '' ? root : await chownRead(instruction.chown, file);
    const archives = instruction.kind === 'add' ? await archivesAmong(build, sources) : new Set<CopySource>();
    const now = Math.floor(Date.now() / 1000);
    if (archives.size > 0) await containerArchivePut(app, row, { path: '/' }, entriesTar(archiveFolders(found, now)), signal);
    const there = archives.size > 0 ? { ...found, kind: 'folder' as const, there: found.path } : found;
    for (const part of copyParts(sources, { written, found: there, owner, archives, now })) await partPut(build, row, part);
    await layerTake(build, stage, row, done);
  } finally {
    await containerRemove(app, scope, row, { force: true, volumes: true });
  }
}

/** Relative ones begin at the working folder; a slash at the end has a meaning. */
function destinationOf(stage: BuildStage, written: string): string {
  if (written.startsWith('/')) return written;
  return pathJoin('/', stage.config.WorkingDir ?? '', written) + (written.endsWith('/') ? '/' : '');
}

async function archivesAmong({ app }: Build, sources: readonly CopySource[]): Promise<Set<CopySource>> {
  const archives = new Set<CopySource>();
  for (const source of sources) {
    const file = source.whole ? undefined : source.tree.file(source.resolved);
    if (file?.type !== '0' || file.size === 0) continue;
    if (await archiveIs(source.tree.content(file), app.archiveTools.decompress)) archives.add(source);
  }
  return archives;
}

async function partPut({ app, signal }: Build, row: ContainerRow & { engineId: string }, part: CopyPart): Promise<void> {
  if (part.kind === 'entries') return containerArchivePut(app, row, { path: '/' }, entriesTar(part.entries), signal);
  const file = part.source.tree.file(part.source.resolved);
  if (file) await containerArchivePut(app, row, { path: part.folder }, part.source.tree.content(file), signal);
}
