import { BerthError } from '../domain/errors.ts';

/** How far a reader of several logs has come. */
export interface LogCursor {
  /** When it began: what came after that is new to it. */
  beganMs: number;
  /** The time of the last line of each replica, in nanoseconds, by its key. */
  lastNano: Map<string, bigint>;
}

/** Short, since every line carries the whole cursor. */
export function logCursorKey(containerId: string): string {
  return containerId.slice(0, 8);
}

/** `<began>` and `<replica>.<nanoseconds>` for each, all numbers to base 36. */
export function logCursorText({ beganMs, lastNano }: LogCursor): string {
  return [beganMs.toString(36), ...[...lastNano].map(([key, nano]) => `${key}.${nano.toString(36)}`)].join('~');
}

/** Throws `malformed` for what is no cursor. */
export function logCursorRead(text: string): LogCursor {
  if (!/^[0-9a-z]{1,9}(~[0-9a-f]{8}\.[0-9a-z]{1,13})*$/.test(text))
    throw new BerthError('malformed', 'Last-Event-ID: this is no id of an event of this stream. Send one as it came, or leave it out.');
  const [began = '', ...replicas] = text.split('~');
  const lastNano = replicas.map((one) => one.split('.')).map(([key = '', nano = '']) => [key, base36(nano)] as const);
  return { beganMs: Number.parseInt(began, 36), lastNano: new Map(lastNano) };
}

function base36(text: string): bigint {
  return [...text].reduce((sum, digit) => sum * 36n + BigInt(Number.parseInt(digit, 36)), 0n);
}
