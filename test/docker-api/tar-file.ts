/** A tar archive (POSIX ustar) with one file. */
export function tarFile(name: string, text: string): Buffer {
  const content = Buffer.from(text);
  return Buffer.concat([tarHeader(name, content.length), content, Buffer.alloc(tarPadding(content.length)), Buffer.alloc(1024)]);
}

export function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** Zeros after a file's content. */
export function tarPadding(size: number): number {
  return (512 - (size % 512)) % 512;
}
