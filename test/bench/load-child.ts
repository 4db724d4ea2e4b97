/** Makes the load, in a process of its own: neither what is measured nor what reports shares its event loop. */
import { connect, type TLSSocket } from 'node:tls';
import { type LoadJob, type LoadResult, quantile } from './load.ts';
import { ReplyReader } from './reply-reader.ts';

process.on('message', async (job: LoadJob) => {
  const result = await load(job).catch((error) => ({ error: String(error) }));
  process.send?.(result);
});
process.on('disconnect', () => process.exit());

async function load(job: LoadJob): Promise<LoadResult> {
  const sockets = await Promise.all(Array.from({ length: job.connections }, () => socketOpen(job)));
  const times: number[] = [];
  let bytes = 0;
  let left = job.requests ?? Number.POSITIVE_INFINITY;
  const began = performance.now();
  const end = began + (job.seconds ?? Number.POSITIVE_INFINITY) * 1000;
  await Promise.all(
    sockets.map(async (socket) => {
      while (performance.now() < end && left-- > 0) {
        const asked = performance.now();
        // Not `bytes += await …`: what the others add meanwhile would be lost.
        const got = await ask(socket, job);
        bytes += got;
        times.push(performance.now() - asked);
      }
      socket.destroy();
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  times.sort((a, b) => a - b);
  return { p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99), perSecond: times.length / seconds, bytesPerSecond: bytes / seconds };
}

function socketOpen({ target: { host, port, tls } }: LoadJob): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const socket = connect({ host, port, ...tls }, () => resolve(socket));
  socket.setNoDelay(true);
  socket.once('error', reject);
  return promise;
}

/** One request on a connection that is kept. Resolves to the number of its body's bytes. */
function ask(socket: TLSSocket, { target, path }: LoadJob): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const reader = new ReplyReader();
  const fail = () => reject(new Error(`${path}: the connection ended within a reply`));
  const read = (chunk: Buffer) => {
    if (!reader.read(chunk)) return;
    socket.off('data', read).off('close', fail);
    if (reader.status === 200) resolve(reader.bytes);
    else reject(new Error(`${path} was answered with ${reader.status}`));
  };
  socket.on('data', read).once('close', fail);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${target.host}\r\n\r\n`);
  return promise;
}
