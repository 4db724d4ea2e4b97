/** How Go's engines read an archive: every entry in turn, names cleaned, the last one wins. Returns the files by path. */
export function engineExtract(archive: Uint8Array): Map<string, { type: string; text: string }> {
  const files = new Map<string, { type: string; text: string }>();
  const text = (start: number, length: number) => new TextDecoder('latin1').decode(archive.subarray(start, start + length)).split('\0')[0]!;
  let override: string | null = null;
  for (let at = 0; at < archive.length; ) {
    if (archive.subarray(at, at + 512).every((byte) => byte === 0)) return files;
    const size = Number.parseInt(text(at + 124, 12), 8);
    const type = text(at + 156, 1);
    const content = new TextDecoder().decode(archive.subarray(at + 512, at + 512 + size));
    if (type === 'x') override = /^\d+ path=(.*)$/m.exec(content)?.[1] ?? override;
    else if (type === 'L') override = content.split('\0')[0]!;
    else {
      const prefix = text(at + 345, 155);
      const name = override ?? (prefix ? `${prefix}/${text(at, 100)}` : text(at, 100));
      files.set(pathClean(name), { type, text: type === '2' || type === '1' ? text(at + 157, 100) : content });
      override = null;
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error('the archive has no end');
}

function pathClean(path: string): string {
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  return kept.join('/');
}
