import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameHead, opcodes, WebSocketFailure, type WebSocketPart, WebSocketReader } from '../../src/docker-api/websocket-frames.ts';
import { webSocketKeyRead } from '../../src/docker-api/websocket-request.ts';
import { clientFrame } from '../docker-api/websocket-client.ts';

const read = (...chunks: Uint8Array[]): WebSocketPart[] => {
  const reader = new WebSocketReader();
  return chunks.flatMap((chunk) => [...reader.read(chunk)]);
};
const payload = (parts: WebSocketPart[]) => Buffer.concat(parts.flatMap((part) => (part.kind === 'data' ? [part.bytes] : [])));
const failure = (...chunks: Uint8Array[]): number | null => {
  try {
    read(...chunks);
    return null;
  } catch (error) {
    if (error instanceof WebSocketFailure) return error.code;
    throw error;
  }
};
const text = (words: string) => Buffer.from(words);

describe('happy', () => {
  it('whatever a client sends comes out as it was, however its bytes are cut', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 70_000 }), { maxLength: 4 });
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 5_000 }), (sent, cut) => {
        const bytes = Buffer.concat(sent.map((one) => clientFrame(opcodes.binary, one)));
        const chunks = Array.from({ length: Math.ceil(bytes.length / cut) }, (_, i) => bytes.subarray(i * cut, (i + 1) * cut));
        expect(payload(read(...chunks)).equals(Buffer.concat(sent))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('a message in pieces may have a ping between them', () => {
    const parts = read(
      clientFrame(opcodes.text, text('hel'), { final: false }),
      clientFrame(opcodes.ping, text('there?')),
      clientFrame(opcodes.continuation, text('lo')),
    );
    expect(payload(parts).toString()).toBe('hello');
    expect(parts.find(({ kind }) => kind === 'ping')).toEqual({ kind: 'ping', bytes: Uint8Array.from(text('there?')) });
  });

  it('nothing follows a close', () => {
    const parts = read(Buffer.concat([clientFrame(opcodes.close, Uint8Array.of(0x03, 0xe8)), clientFrame(opcodes.binary, text('late'))]));
    expect(parts).toEqual([{ kind: 'close', code: 1000 }]);
  });

  it.each([
    [5, 2],
    [126, 4],
    [65_535, 4],
    [65_536, 10],
  ])('a head for %i bytes is %i bytes long', (length, size) => {
    expect(frameHead(opcodes.binary, length)).toHaveLength(size);
  });
});

describe('error', () => {
  it.each([
    ['an unmasked frame', Buffer.from([0x82, 0x01, 0x00]), 1002],
    ['a reserved bit', clientFrame(opcodes.binary, text('x'), { reserved: 0x40 }), 1002],
    ['an unknown kind', clientFrame(3, text('x')), 1002],
    ['a continuation of nothing', clientFrame(opcodes.continuation, text('x')), 1002],
    ['a ping in pieces', clientFrame(opcodes.ping, text('x'), { final: false }), 1002],
    ['a ping of 126 bytes', clientFrame(opcodes.ping, Buffer.alloc(126)), 1002],
    ['half a closing code', clientFrame(opcodes.close, Uint8Array.of(3)), 1002],
    ['a closing code that is none', clientFrame(opcodes.close, Uint8Array.of(0x03, 0xed)), 1002],
    ['a reason that is not UTF-8', clientFrame(opcodes.close, Uint8Array.of(0x03, 0xe8, 0xff)), 1007],
    ['text that is not UTF-8', clientFrame(opcodes.text, Uint8Array.of(0xc3)), 1007],
    ['a frame of 2^63 bytes', Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]), 1009],
    ['a length that is written too long', Buffer.from([0x82, 0xfe, 0, 5, 1, 2, 3, 4]), 1002],
  ])('%s fails the connection', (_, bytes, code) => {
    expect(failure(bytes)).toBe(code);
  });

  it('a message within another fails the connection', () => {
    expect(failure(clientFrame(opcodes.text, text('a'), { final: false }), clientFrame(opcodes.text, text('b')))).toBe(1002);
  });
});

describe('security', () => {
  it('no bytes at all make the reader throw anything but its own failure, or give more than they are', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (chunks) => {
        failure(...chunks);
      }),
    );
  });

  const headers = {
    upgrade: 'websocket',
    connection: 'keep-alive, Upgrade',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    host: 'berth.example.com:2376',
  };
  const keyOf = (changed: Record<string, string | null>) => {
    const all: Record<string, string | null> = { ...headers, ...changed };
    return webSocketKeyRead((name) => all[name] ?? null);
  };

  it('a page of another site is refused, one of this host and a client without pages are not', () => {
    expect(keyOf({})).toBe(headers['sec-websocket-key']);
    expect(keyOf({ origin: 'https://berth.example.com:2376' })).toBe(headers['sec-websocket-key']);
    for (const origin of [
      'https://evil.example.com',
      'null',
      'https://berth.example.com:2377',
      'https://berth.example.com:2376.evil.example',
    ])
      expect(() => keyOf({ origin })).toThrow('another site');
  });

  it.each([
    [{ upgrade: 'tcp' }],
    [{ connection: 'close' }],
    [{ 'sec-websocket-version': '8' }],
    [{ 'sec-websocket-key': 'short' }],
    [{ 'sec-websocket-key': null }],
  ])('%j is no handshake', (changed) => {
    expect(() => keyOf(changed)).toThrow('WebSocket of version 13');
  });
});
