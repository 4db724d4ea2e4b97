/**
 * The frames of WebSocket as a server reads and writes them. Source: RFC 6455, 5. Payload is handed on as it comes, so a message of any
 * size takes no memory; a packaged server would gather each message first.
 */

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Why a connection is failed. RFC 6455, 7.4.1. */
export const closeCodes = { normal: 1000, protocol: 1002, notText: 1007, tooLarge: 1009, failed: 1011 } as const;

/** What a client broke. The code is for the closing frame. */
export class WebSocketFailure extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.name = 'WebSocketFailure';
    this.code = code;
  }
}

export type WebSocketPart =
  | { kind: 'data'; bytes: Uint8Array }
  | { kind: 'ping'; bytes: Uint8Array }
  /** `code`: as the client gave it; null without one. */
  | { kind: 'close'; code: number | null };

const controlLimit = 125;
/** No terminal sends more at once; a frame that claims more is a mistake or a trick. */
const frameLimit = 64 * 1024 * 1024;

interface Frame {
  final: boolean;
  opcode: number;
  left: number;
  mask: Uint8Array;
  read: number;
  /** Of a control frame. */
  gathered: number[];
}

/** Takes a client's bytes apart, however they are cut. Holds at most a header or a control frame. */
export class WebSocketReader {
  #header: number[] = [];
  #frame: Frame | null = null;
  /** The opcode of the message that is under way, in one frame or several. */
  #message: number | null = null;
  #text = textCheck();
  #closed = false;

  /** Throws WebSocketFailure; what was read before it has been handed on. Nothing follows a close. */
  *read(chunk: Uint8Array): Generator<WebSocketPart, void, undefined> {
    for (let at = 0; !this.#closed && (at < chunk.length || this.#frame?.left === 0); ) {
      if (!this.#frame) {
        this.#header.push(chunk[at++] as number);
        this.#frame = this.#begin();
        continue;
      }
      const bytes = unmasked(this.#frame, chunk.subarray(at, at + this.#frame.left));
      at += bytes.length;
      yield* this.#part(this.#frame, bytes);
    }
  }

  /** A frame, once its header is whole. */
  #begin(): Frame | null {
    const header = Uint8Array.from(this.#header);
    const [first = 0, second = 0] = header;
    if (header.length < 2) return null;
    const opcode = first & 0x0f;
    const final = (first & 0x80) !== 0;
    const isControl = opcode >= opcodes.close;
    if ((first & 0x70) !== 0) throw broken('a reserved bit is set, and no extension was agreed on');
    if (!(Object.values(opcodes) as number[]).includes(opcode)) throw broken('an unknown kind of frame');
    if ((second & 0x80) === 0) throw broken('a frame of a client that is not masked');
    const short = second & 0x7f;
    if (isControl && (!final || short > controlLimit)) throw broken('a control frame that is cut or too long');
    if (opcode === opcodes.continuation && this.#message === null) throw broken('a continuation of nothing');
    if (!isControl && opcode !== opcodes.continuation && this.#message !== null) throw broken('a message within a message');
    const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
    if (header.length < 2 + lengthBytes + 4) return null;
    const view = new DataView(header.buffer);
    const length = short === 127 ? Number(view.getBigUint64(2)) : short === 126 ? view.getUint16(2) : short;
    if (length > frameLimit) throw new WebSocketFailure(closeCodes.tooLarge, 'a frame of more than 64 MiB');
    if ((short === 126 && length < 126) || (short === 127 && length <= 0xffff)) throw broken('a length that is written too long');
    this.#header = [];
    if (!isControl && opcode !== opcodes.continuation) this.#message = opcode;
    return { final, opcode, left: length, mask: header.subarray(2 + lengthBytes), read: 0, gathered: [] };
  }

  *#part(frame: Frame, bytes: Uint8Array): Generator<WebSocketPart, void, undefined> {
    const ends = frame.left === 0;
    if (ends) this.#frame = null;
    if (frame.opcode >= opcodes.close) {
      frame.gathered.push(...bytes);
      if (ends) yield* this.#control(frame.opcode, Uint8Array.from(frame.gathered));
      return;
    }
    const last = ends && frame.final;
    if (this.#message === opcodes.text && !this.#text(bytes, last))
      throw new WebSocketFailure(closeCodes.notText, 'text that is not UTF-8');
    if (last) this.#message = null;
    if (bytes.length > 0) yield { kind: 'data', bytes };
  }

  *#control(opcode: number, bytes: Uint8Array): Generator<WebSocketPart, void, undefined> {
    if (opcode === opcodes.ping) yield { kind: 'ping', bytes };
    if (opcode !== opcodes.close) return;
    if (bytes.length === 1) throw broken('half a closing code');
    const code = bytes.length === 0 ? null : new DataView(bytes.buffer).getUint16(0);
    if (code !== null && !closeCodeIs(code)) throw broken('a closing code that is none');
    if (!textCheck()(bytes.subarray(2), true)) throw new WebSocketFailure(closeCodes.notText, 'a reason that is not UTF-8');
    this.#closed = true;
    yield { kind: 'close', code };
  }
}

/** The head of a server's frame: whole, and without a mask. */
export function frameHead(opcode: number, length: number): Uint8Array {
  const extra = length > 0xffff ? 8 : length > controlLimit ? 2 : 0;
  const head = new Uint8Array(2 + extra);
  const view = new DataView(head.buffer);
  head[0] = 0x80 | opcode;
  head[1] = extra === 8 ? 127 : extra === 2 ? 126 : length;
  if (extra === 8) view.setBigUint64(2, BigInt(length));
  if (extra === 2) view.setUint16(2, length);
  return head;
}

export function closePayload(code: number | null): Uint8Array {
  return code === null ? new Uint8Array() : Uint8Array.of(code >> 8, code & 0xff);
}

function unmasked(frame: Frame, masked: Uint8Array): Uint8Array {
  const bytes = masked.map((byte, i) => byte ^ (frame.mask[(frame.read + i) % 4] as number));
  frame.read += bytes.length;
  frame.left -= bytes.length;
  return bytes;
}

/** 1004 to 1006 and 1015 are never sent; 3000 on are for applications. */
function closeCodeIs(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

/** Whether what came so far of one text after another is UTF-8. */
function textCheck(): (bytes: Uint8Array, last: boolean) => boolean {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return (bytes, last) => {
    try {
      decoder.decode(bytes, { stream: !last });
      return true;
    } catch {
      return false;
    }
  };
}

function broken(what: string): WebSocketFailure {
  return new WebSocketFailure(closeCodes.protocol, what);
}
