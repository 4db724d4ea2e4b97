import { chmod, link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { parse } from 'yaml';
import { processRun } from '../../src/runtime/local/process.ts';

/** One build of the corpus, as its file has it. */
export interface CorpusCase {
  name: string;
  file: string;
  dockerfile?: string;
  /** An image `before` that is built first. */
  before?: string;
  args?: string[];
  files?: Record<string, CorpusFile>;
}

type CorpusFile =
  | string
  | { content: string; mode?: number; uid?: number; gid?: number }
  | { link: string }
  | { hard: string }
  | { folder: true; mode?: number; uid?: number; gid?: number }
  | { bytes: number }
  | { count: number }
  | { gzip: string }
  | { tar: Record<string, CorpusFile>; compress?: 'gzip' | 'bzip2' | 'xz' };

const folder = join(import.meta.dirname, 'corpus');

export async function corpusRead(): Promise<CorpusCase[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
  const files = await Promise.all(
    names.map(async (name) => {
      const cases = parse(await readFile(join(folder, name), 'utf8')) as CorpusCase[];
      return cases.map((one) => ({ ...one, file: name.replace('.yaml', '') }));
    }),
  );
  return files.flat();
}

/** Builds run side by side: each has a `before` of its own. */
export function beforeName(one: CorpusCase): string {
  return `before-${one.name.replace(/\W+/g, '-')}`;
}

/** Writes a case's context. */
export async function contextWrite(one: CorpusCase, at: string): Promise<void> {
  await mkdir(at, { recursive: true });
  if (one.dockerfile !== undefined)
    await writeFile(join(at, 'Dockerfile'), one.dockerfile.replace('FROM before', `FROM ${beforeName(one)}`));
  for (const [name, file] of Object.entries(one.files ?? {})) await fileWrite(join(at, name), at, file);
}

/** YAML 1.2 reads 0755 as a decimal number. */
const octal = (mode: number) => Number.parseInt(String(mode), 8);

async function fileWrite(path: string, root: string, file: CorpusFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if (typeof file === 'string') return writeFile(path, file);
  if ('link' in file) return symlink(file.link, path);
  if ('hard' in file) return link(join(root, file.hard), path);
  if ('bytes' in file) return writeFile(path, Buffer.alloc(file.bytes, 'berth '));
  if ('gzip' in file) return writeFile(path, gzipSync(file.gzip));
  if ('tar' in file) return writeFile(path, await tarMake(file.tar, file.compress));
  if ('count' in file) {
    await mkdir(path);
    for (let n = 0; n < file.count; n++) await writeFile(join(path, `file-${n}`), `${n}`);
    return;
  }
  if ('folder' in file) await mkdir(path);
  else await writeFile(path, file.content);
  if (file.mode !== undefined) await chmod(path, octal(file.mode));
}

async function tarMake(files: Record<string, CorpusFile>, compress?: 'gzip' | 'bzip2' | 'xz'): Promise<Buffer> {
  const tar = pack();
  for (const [name, file] of Object.entries(files)) {
    const { mode, uid = 0, gid = 0 } = (typeof file === 'string' ? {} : file) as { mode?: number; uid?: number; gid?: number };
    const owned = { name, uid, gid, mtime: new Date(1e12) };
    if (typeof file !== 'string' && 'link' in file) tar.entry({ ...owned, type: 'symlink', linkname: file.link });
    else if (typeof file !== 'string' && 'folder' in file)
      tar.entry({ ...owned, type: 'directory', ...(mode !== undefined && { mode: octal(mode) }) });
    else
      tar.entry(
        { ...owned, mode: mode === undefined ? 0o644 : octal(mode) },
        typeof file === 'string' ? file : (file as { content: string }).content,
      );
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  if (compress === undefined) return bytes;
  if (compress === 'gzip') return gzipSync(bytes);
  return programCompress(compress, bytes);
}

async function programCompress(program: 'bzip2' | 'xz', bytes: Buffer): Promise<Buffer> {
  const at = await mkdtemp(join(tmpdir(), 'berth-corpus-'));
  await writeFile(join(at, 'a'), bytes);
  const { code, stderr } = await processRun([program, join(at, 'a')]);
  if (code !== 0) throw new Error(stderr);
  const compressed = await readFile(join(at, `a.${program === 'xz' ? 'xz' : 'bz2'}`));
  await rm(at, { recursive: true });
  return compressed;
}
