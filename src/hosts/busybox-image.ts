import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type Pack, pack } from 'tar-stream';

const busybox = '/bin/busybox';
const epoch = '1970-01-01T00:00:00Z';

/** This machine's architecture as images name it. */
export const imageArchitecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

/**
 * An image as an archive for `docker load`, made from this machine's own busybox and named `tag`; undefined when it has none, or one
 * that needs libraries. For where there is no registry to pull from. The same bytes give the same image id on every host, as a pull would.
 */
export async function busyboxImageMake(tag: string): Promise<Buffer | undefined> {
  const program = await readFile(busybox).catch(() => undefined);
  // A program that wants a loader names it right behind its ELF headers.
  if (!program || program.subarray(0, 4096).includes('/ld-')) return undefined;
  const layer = await layerMake(program);
  const config = JSON.stringify({
    architecture: imageArchitecture,
    os: 'linux',
    created: epoch,
    config: { Cmd: ['sh'], Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
    history: [{ created: epoch, created_by: 'busybox-static', comment: tag }],
  });
  const configName = `${sha256(config)}.json`;
  const manifest = JSON.stringify([{ Config: configName, RepoTags: [tag], Layers: ['layer.tar'] }]);
  const tar = pack();
  tar.entry({ name: 'layer.tar' }, layer);
  tar.entry({ name: configName }, config);
  tar.entry({ name: 'manifest.json' }, manifest);
  tar.finalize();
  return packed(tar);
}

async function layerMake(program: Buffer): Promise<Buffer> {
  const { stdout } = await promisify(execFile)(busybox, ['--list']);
  const applets = stdout.split('\n').filter((applet) => applet !== '' && applet !== 'busybox');
  const mtime = new Date(0);
  const tar = pack();
  for (const name of ['bin', 'dev', 'etc', 'home', 'root', 'usr', 'usr/bin', 'var', 'var/spool'])
    tar.entry({ name, type: 'directory', mode: 0o755, mtime });
  tar.entry({ name: 'tmp', type: 'directory', mode: 0o1777, mtime });
  tar.entry({ name: 'bin/busybox', mode: 0o755, mtime }, program);
  for (const applet of applets) tar.entry({ name: `bin/${applet}`, type: 'symlink', linkname: 'busybox', mtime });
  tar.entry({ name: 'etc/passwd', mode: 0o644, mtime }, 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n');
  tar.entry({ name: 'etc/group', mode: 0o644, mtime }, 'root:x:0:\nnobody:x:65534:\n');
  tar.finalize();
  return packed(tar);
}

async function packed(tar: Pack): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
