import type { ArchiveTools } from './archive-load.ts';

/** `sha256:…` of bytes that are all there. */
export async function digestOf({ sha256 }: Pick<ArchiveTools, 'sha256'>, bytes: Uint8Array): Promise<string> {
  const hash = sha256();
  await hash.update(bytes);
  return `sha256:${await hash.hex()}`;
}
