/** A tar writer that, unlike ours, writes anything: hostile archives are made with it. */
export interface RawEntry {
  name: string;
  type?: string;
  content?: string | Uint8Array;
  target?: string;
  /** Overrides the size in the header. */
  size?: number;
  magic?: string;
  prefix?: string;
  /** Changes the header after its checksum was made. */
  damage?: (header: Uint8Array) => void;
}

const encode = (text: string) => new TextEncoder().encode(text);

export function tarEntry(entry: RawEntry): Uint8Array {
  const content = typeof entry.content === 'string' ? encode(entry.content) : (entry.content ?? new Uint8Array(0));
  const header = new Uint8Array(512);
  const put = (offset: number, text: string) => header.set(encode(text), offset);
  put(0, entry.name);
  put(100, '0000644\0');
  put(108, '0000000\0');
  put(116, '0000000\0');
  put(124, `${(entry.size ?? content.length).toString(8).padStart(11, '0')}\0`);
  put(136, '00000000001\0');
  put(148, '        ');
  put(156, entry.type ?? '0');
  put(157, entry.target ?? '');
  put(257, entry.magic ?? 'ustar\u000000');
  put(345, entry.prefix ?? '');
  put(
    148,
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
  );
  entry.damage?.(header);
  return bytesOf([header, content, new Uint8Array((512 - (content.length % 512)) % 512)]);
}

export function tarOf(entries: RawEntry[], end = new Uint8Array(1024)): Uint8Array {
  return bytesOf([...entries.map(tarEntry), end]);
}

export function pax(records: Record<string, string>): RawEntry {
  const content = Object.entries(records)
    .map(([key, value]) => {
      const rest = ` ${key}=${value}\n`;
      const guess = rest.length + String(rest.length).length;
      return `${rest.length + String(guess).length}${rest}`;
    })
    .join('');
  return { name: 'PaxHeaders.0/x', type: 'x', content };
}

export function bytesOf(chunks: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(chunks));
}

/** The bytes as a stream, cut at the given places. */
export async function* streamOf(bytes: Uint8Array, cuts: number[] = []): AsyncGenerator<Uint8Array> {
  const places = [...new Set(cuts.map((cut) => Math.min(cut, bytes.length)))].sort((a, b) => a - b);
  let start = 0;
  for (const end of [...places, bytes.length]) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return bytesOf(chunks);
}
