import { BerthError } from '../domain/errors.ts';

/**
 * The key of a request that opens a WebSocket. Throws `malformed` for any other request, and `refused` where a web page of another site
 * makes a browser ask, which would show the certificate of whoever sits before it. Source: RFC 6455, 4.2.1 and 10.2.
 */
export function webSocketKeyRead(header: (name: string) => string | null): string {
  const has = (name: string, word: string) => (header(name) ?? '').split(',').some((part) => part.trim().toLowerCase() === word);
  const key = header('sec-websocket-key') ?? '';
  if (
    !has('upgrade', 'websocket') ||
    !has('connection', 'upgrade') ||
    header('sec-websocket-version') !== '13' ||
    !/^[A-Za-z0-9+/]{22}==$/.test(key)
  )
    throw new BerthError(
      'malformed',
      'This request opens a WebSocket of version 13 and nothing else. Use attach without /ws for a raw stream.',
    );
  const origin = header('origin');
  if (origin !== null && URL.parse(origin)?.host !== URL.parse(`https://${header('host') ?? ''}`)?.host)
    throw new BerthError('refused', 'A web page of another site cannot open a WebSocket here.');
  return key;
}
