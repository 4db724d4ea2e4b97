import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { BerthError } from '../domain/errors.ts';
import type { Spool, SpoolOpen } from '../domain/spool.ts';

const readBytes = 256 * 1024;

/**
 * Spools as files of a folder, each without a name from the start: the kernel takes its blocks back when it is closed, also when this
 * process is killed. `tenantBytes`: of all spools of a tenant at once.
 */
export function spoolOpenMake({ folder, tenantBytes }: { folder: string; tenantBytes: number }): SpoolOpen {
  const taken = new Map<string, number>();
  const take = (tenantId: string, bytes: number) => {
    const now = (taken.get(tenantId) ?? 0) + bytes;
    if (now > tenantBytes)
      throw new BerthError(
        'too_large',
        `Build contexts of one tenant may take ${Math.floor(tenantBytes / 1024 ** 2)} MiB at once. Leave files out with a .dockerignore, or build one after another.`,
      );
    if (now === 0) taken.delete(tenantId);
    else taken.set(tenantId, now);
  };
  return async (tenantId) => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, crypto.randomUUID());
    const file = await open(path, 'wx+', 0o600);
    await unlink(path);
    return new FileSpool(file, (bytes) => take(tenantId, bytes));
  };
}

class FileSpool implements Spool {
  size = 0;
  readonly #file: FileHandle;
  readonly #take: (bytes: number) => void;
  #closed = false;

  constructor(file: FileHandle, take: (bytes: number) => void) {
    this.#file = file;
    this.#take = take;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#take(chunk.length);
    const at = this.size;
    this.size += chunk.length;
    for (let written = 0; written < chunk.length; )
      written += (await this.#file.write(chunk, written, chunk.length - written, at + written)).bytesWritten;
  }

  async *read(offset: number, length: number): AsyncGenerator<Uint8Array, void, undefined> {
    const end = Math.min(offset + length, this.size);
    for (let at = offset; at < end; ) {
      // A chunk is handed over for good: whoever has it may still be sending it.
      const buffer = new Uint8Array(Math.min(readBytes, end - at));
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) throw new Error('a spool is shorter than it was');
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#take(-this.size);
    this.size = 0;
    await this.#file.close();
  }
}
