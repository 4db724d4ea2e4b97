import { pathBase } from '../dockerfile/path.ts';
import { BerthError } from '../domain/errors.ts';
import { buildLimits } from '../domain/limits.ts';
import type { Spool } from '../domain/spool.ts';
import { tarPadding } from '../images/archive-tar.ts';
import { tarEnd } from '../images/archive-tar-write.ts';
import { fileTarHeader } from '../images/file-tar-write.ts';
import { FileTree } from '../images/file-tree.ts';
import type { ProgressLine } from '../images/progress.ts';
import { type CopySource, copySourcesFind } from './build-copy-sources.ts';
import type { Build } from './build-state.ts';
import { said } from './build-step.ts';

const unnamed = '__unnamed__';
/** Of an answer that is an error, as much as is shown. */
const excerptBytes = 512;

/** What ADD fetches: by Berth, so that it goes nowhere but to the public internet and where the operator allows. */
export async function* download(
  build: Build,
  url: string,
  destination: string,
  spool: Spool,
): AsyncGenerator<ProgressLine, CopySource, undefined> {
  const { app, signal } = build;
  const reply = await app.fileFetch({ method: 'GET', url, headers: {}, signal }).catch((error) => Promise.reject(fetchFailure(error, url)));
  if (reply.status >= 400)
    throw new BerthError('malformed', `failed to GET ${url} with status ${reply.status}: ${await excerpt(reply.body)}`);
  const name = fileName(url, reply.header('content-disposition') ?? '');
  if (name === '' && destination.endsWith('/')) throw new BerthError('malformed', `cannot determine filename for source ${url}`);
  const start = spool.size;
  for await (const chunk of reply.body) {
    if (spool.size - start + chunk.length > buildLimits.downloadBytes)
      throw new BerthError('too_large', `${url} is larger than ${buildLimits.downloadBytes / 1024 ** 2} MiB.`);
    await spool.write(chunk);
  }
  yield { status: 'Downloading', progressDetail: { current: spool.size - start, total: spool.size - start } };
  yield said('\n');
  const modified = Date.parse(reply.header('last-modified') ?? '');
  const path = name || unnamed;
  const tree = new FileTree(spool);
  const content = { offset: start, size: spool.size - start };
  await tree.add(
    fileTar(path, Number.isNaN(modified) ? 0 : Math.floor(modified / 1000), spool, content),
    app.archiveTools.sha256,
    (same) => same,
  );
  const [source] = await copySourcesFind(app, tree, path, true);
  return { ...(source as CopySource), whole: true };
}

/** A tree takes in tars. The file is on the disk twice then, until the step is over. */
async function* fileTar(name: string, mtime: number, spool: Spool, { offset, size }: { offset: number; size: number }) {
  const header = { type: '0', name, target: '', mode: 0o100_600, uid: 0, gid: 0, size, mtime, major: 0, minor: 0 };
  yield fileTarHeader({ ...header, uname: 'root', gname: 'root', xattrs: new Map() });
  yield* spool.read(offset, size);
  yield new Uint8Array(tarPadding(size));
  yield tarEnd();
}

function fileName(url: string, disposition: string): string {
  const { pathname } = new URL(url);
  if (pathname !== '/' && !pathname.endsWith('/')) return pathBase(decoded(pathname));
  const written = /filename="?([^";]+)"?/i.exec(disposition)?.[1] ?? '';
  return written === '' || written.endsWith('/') ? '' : pathBase(written);
}

/** What is no escape stays as it is written. */
function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}

async function excerpt(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of body) {
    text += new TextDecoder().decode(chunk);
    if (text.length > excerptBytes) break;
  }
  return text.slice(0, excerptBytes).trim();
}

function fetchFailure(error: unknown, url: string): unknown {
  if (!(error instanceof BerthError)) return error;
  if (error.code === 'refused')
    return new BerthError(
      'refused',
      `${url} is not fetched: it leads somewhere else than to the public internet. Put the file into the build context instead.`,
    );
  return new BerthError(error.code, `${url} could not be fetched. Check the address, or try again later.`);
}
