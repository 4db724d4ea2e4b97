import { request } from 'node:http';
import { busyboxImageMake as imageMake } from '../../src/hosts/busybox-image.ts';

/** `busybox:latest` as an archive for `docker load`. Throws where there is no static busybox: see test/setup/requirements.ts. */
export async function busyboxImageMake(): Promise<Buffer> {
  const archive = await imageMake('busybox:latest');
  if (!archive) throw new Error('there is no static busybox here');
  return archive;
}

/** `docker load` on the engine at this Unix socket. */
export async function imageLoad(socketPath: string, archive: Buffer): Promise<void> {
  const reply = await new Promise<string>((resolve, reject) => {
    const headers = { 'content-type': 'application/x-tar', 'content-length': archive.length };
    const load = request({ socketPath, method: 'POST', path: '/images/load?quiet=1', headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () => resolve(text)).once('error', reject);
    });
    load.once('error', reject);
    load.end(archive);
  });
  if (!reply.includes('busybox')) throw new Error(`busybox did not load: ${reply}`);
}
