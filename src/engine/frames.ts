/** Without a terminal an engine frames its output: a byte for the stream, three of zero, four of length. Source: Engine API, ContainerAttach. */
export const headerBytes = 8;

export type OutputStream = 'stdout' | 'stderr';

/** A part of what a container wrote. `whole`: the frame it belongs to ends with it. */
export interface FramePart {
  stream: OutputStream;
  bytes: Uint8Array;
  whole: boolean;
}

/** Takes the frames of an output apart as they come. Holds no more than a header: a frame of many bytes is passed on in parts. */
export async function* frameParts(source: AsyncIterable<Uint8Array>): AsyncGenerator<FramePart> {
  const header = new Uint8Array(headerBytes);
  let headerFilled = 0;
  let left = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      if (left > 0) {
        const bytes = chunk.subarray(at, at + left);
        at += bytes.length;
        left -= bytes.length;
        yield { stream: streamOf(header), bytes, whole: left === 0 };
        continue;
      }
      const taken = chunk.subarray(at, at + headerBytes - headerFilled);
      header.set(taken, headerFilled);
      at += taken.length;
      headerFilled += taken.length;
      if (headerFilled < headerBytes) continue;
      headerFilled = 0;
      left = new DataView(header.buffer).getUint32(4);
    }
  }
}

/** A text on standard output, as an engine sends it. */
export function outputText(text: string, tty: boolean): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (tty) return bytes;
  const frame = new Uint8Array(headerBytes + bytes.length);
  frame[0] = 1;
  new DataView(frame.buffer).setUint32(4, bytes.length);
  frame.set(bytes, headerBytes);
  return frame;
}

function streamOf(header: Uint8Array): OutputStream {
  return header[0] === 2 ? 'stderr' : 'stdout';
}

/** A whole output as text, both streams in the order they came. `tty`: it is not framed. */
export async function streamText(source: AsyncIterable<Uint8Array>, tty: boolean): Promise<string> {
  const chunks: Uint8Array[] = [];
  if (tty) for await (const chunk of source) chunks.push(chunk);
  else for await (const { bytes } of frameParts(source)) chunks.push(bytes);
  return Buffer.concat(chunks).toString('utf8');
}
