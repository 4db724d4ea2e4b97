import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BerthError } from '../domain/errors.ts';
import { unread } from '../images/compression.ts';

/**
 * Undoes xz and bzip2 by their programs, as an engine does with xz: Node has neither. Throws `malformed` where the program is missing, and
 * for bytes that it cannot undo.
 */
export async function* programDecompress(
  encoding: 'xz' | 'bzip2',
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const program = spawn(encoding, ['-d', '-c'], { stdio: ['pipe', 'pipe', 'ignore'], env: { PATH: process.env.PATH } });
  const { promise: ended, resolve } = Promise.withResolvers<number | 'missing'>();
  program.once('error', () => resolve('missing'));
  program.once('close', (code) => resolve(code ?? 1));
  let failure: unknown;
  const feeding = pipeline(Readable.from(source, { objectMode: false }), program.stdin).catch((error: NodeJS.ErrnoException) => {
    // That the program stopped reading shows in its own end.
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') failure = error;
    program.kill('SIGKILL');
  });
  try {
    yield* program.stdout as AsyncIterable<Uint8Array>;
    const code = await ended;
    await feeding;
    if (failure) throw failure;
    if (code === 'missing') throw unread(encoding);
    if (code !== 0) throw new BerthError('malformed', `The archive is compressed with ${encoding}, but damaged or cut short.`);
  } finally {
    program.kill('SIGKILL');
  }
}
