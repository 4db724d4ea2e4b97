import type { TenantScope } from '../db/scope.ts';
import type { LogLine } from '../engine/log-lines.ts';
import type { Seal } from '../vault/seal.ts';
import { tenantCipher } from './tenant-cipher.ts';

/** Where the log of a container that is gone lies in the blob store. */
export function recordBlobName({ tenantId, id }: { tenantId: string; id: string }): string {
  return `records/${tenantId}/${id}`;
}

/** Lines of JSON, compressed, sealed under the tenant's key: whoever reads the store reads nothing. */
export async function recordLogWrite(seal: Seal, scope: TenantScope, id: string, lines: LogLine[]): Promise<Uint8Array> {
  const text = lines.map(({ time, stream, line }) => `${JSON.stringify([time, stream, line])}\n`).join('');
  const packed = await through(new TextEncoder().encode(text), new CompressionStream('gzip'));
  return (await tenantCipher(seal, scope)).seal(packed, boundTo(id));
}

export async function recordLogRead(seal: Seal, scope: TenantScope, id: string, sealed: Uint8Array): Promise<LogLine[]> {
  const packed = await (await tenantCipher(seal, scope)).open(sealed, boundTo(id));
  const text = new TextDecoder().decode(await through(packed, new DecompressionStream('gzip')));
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [time, stream, said] = JSON.parse(line);
      return { time, stream, line: said };
    });
}

/** A log opens in its own place alone. */
function boundTo(id: string): string {
  return `record/${id}`;
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  transform: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(transform)).arrayBuffer());
}
