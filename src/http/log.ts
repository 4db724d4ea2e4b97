import type { Log } from '../domain/log.ts';

const tokens = /berth_[A-Za-z0-9_-]{20,}/g;

/** One JSON line for each message. What looks like a token is redacted, wherever it came from. */
export function logJson(write: (line: string) => void): Log {
  const line = (level: string, message: string, fields: Record<string, unknown>) => {
    const text = JSON.stringify({ time: new Date().toISOString(), level, message, ...fields });
    write(text.includes('berth_') ? text.replaceAll(tokens, 'berth_[redacted]') : text);
  };
  return {
    info: (message, fields = {}) => line('info', message, fields),
    warn: (message, fields = {}) => line('warn', message, fields),
    error: (message, error, fields = {}) => line('error', message, { ...fields, error: errorChain(error) }),
  };
}

function errorChain(error: unknown): string {
  const parts: string[] = [];
  for (let e: unknown = error; e !== undefined && parts.length < 5; e = e instanceof Error ? e.cause : undefined) {
    parts.push(e instanceof Error ? (e.stack ?? e.message) : String(e));
  }
  return parts.join('\ncaused by ');
}
