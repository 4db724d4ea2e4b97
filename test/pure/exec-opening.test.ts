import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type ExecStage, execOpening } from '../../src/app/exec-opening.ts';

function frame(stream: number, text: string): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}
/** `stages`: what the engine answers when it is asked, one after another. */
function open(tty: boolean, ...stages: ExecStage[]) {
  const socket = new PassThrough();
  const asked: ExecStage[] = [];
  const opening = execOpening(socket, tty, async () => {
    const stage = stages[asked.length] ?? 'started';
    asked.push(stage);
    return stage;
  });
  return { socket, opening, asked };
}
async function left(socket: PassThrough): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('the output of a command', () => {
  it.each([
    ['a line', frame(1, 'out\n')],
    ['an error', frame(2, 'err\r\n')],
  ])('passes without a question: %s', async (_, bytes) => {
    const { socket, opening, asked } = open(false);
    socket.end(bytes);
    expect([await opening, asked]).toEqual([null, []]);
    expect(await left(socket)).toBe(bytes.toString());
  });

  it('passes whole when the engine knows that the command started, also a moment late', async () => {
    for (const tty of [true, false]) {
      const { socket, opening, asked } = open(tty, 'starting', 'started');
      const bytes = tty ? Buffer.from('hi\r\n') : frame(1, 'hi\r\n');
      socket.write(bytes);
      expect([await opening, asked]).toEqual([null, ['starting', 'started']]);
      socket.end('more');
      expect(await left(socket)).toBe(`${bytes}more`);
    }
  });

  it('may be none', async () => {
    const { socket, opening, asked } = open(false);
    socket.end();
    expect([await opening, asked]).toEqual([null, []]);
  });
});

describe('an engine’s own words', () => {
  it('are taken out of the stream, however they come', async () => {
    for (const tty of [true, false]) {
      const { socket, opening } = open(tty, 'failed');
      const bytes = tty ? Buffer.from('no such thing\r\n') : frame(1, 'no such thing\r\n');
      socket.write(bytes.subarray(0, 10));
      socket.end(bytes.subarray(10));
      expect(await opening).toBe('no such thing\r\n');
      expect(await left(socket)).toBe('');
    }
  });

  it('are not waited for when the stream breaks', async () => {
    const { socket, opening } = open(true, ...Array<ExecStage>(1000).fill('starting'));
    socket.write('a');
    setImmediate(() => socket.destroy());
    expect(await opening).toBe(null);
  });
});
