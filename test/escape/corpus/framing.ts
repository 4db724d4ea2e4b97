/** What is not one well-formed HTTP request: bytes on a connection that has shown a valid certificate. */
export interface HostileBytes {
  name: string;
  /** Latin-1; `{running}` stands for the attacker's own container. */
  bytes: string;
  /** The statuses that may come back, in order, and nothing more; with an empty list the connection is closed without a word. */
  statuses: number[][];
}

const body = '{"Image":"busybox","HostConfig":{"Privileged":true}}';
const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
const post = (headers: string, content = '', target = '/containers/create', version = 'HTTP/1.1') =>
  `POST ${target} ${version}\r\nHost: berth\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${content}`;
const whole = post(`Content-Length: ${body.length}`, body);
const ping = 'GET /_ping HTTP/1.1\r\nHost: berth\r\n\r\n';
const bad = [400, 501];
const refused = [400, 403, 404, 409, 413, 501];

const lengths = ['-1', '+5', '0x34', '5,5', '5 5', '1e2', '', 'chunked', '99999999999999999999'];
const encodings = [
  'xchunked',
  'identity',
  'gzip',
  'chunked, identity',
  'chunked\r\nTransfer-Encoding: identity',
  '\tchunked\x0b',
  '"chunked"',
  'chunked;x',
];

export const framingCorpus: readonly HostileBytes[] = [
  { name: 'a length and chunks', bytes: post(`Content-Length: ${body.length}\r\nTransfer-Encoding: chunked`, chunked), statuses: [bad] },
  { name: 'chunks and a length', bytes: post(`Transfer-Encoding: chunked\r\nContent-Length: 4`, chunked), statuses: [bad] },
  { name: 'two lengths that differ', bytes: post(`Content-Length: 0\r\nContent-Length: ${body.length}`, body), statuses: [bad] },
  {
    name: 'two lengths that agree',
    bytes: post(`Content-Length: ${body.length}\r\nContent-Length: ${body.length}`, body),
    statuses: [refused],
  },
  ...lengths.map((length) => ({
    name: `the length ${JSON.stringify(length)}`,
    bytes: post(`Content-Length: ${length}`, body),
    statuses: [refused, bad],
  })),
  ...encodings.map((encoding) => ({
    name: `the transfer encoding ${JSON.stringify(encoding)}`,
    bytes: post(`Transfer-Encoding: ${encoding}`, chunked),
    statuses: [refused, bad],
  })),
  { name: 'a space before the colon', bytes: post(`Content-Length : ${body.length}`, body), statuses: [bad] },
  { name: 'a folded header', bytes: post(`X-Folded: a\r\n b\r\nContent-Length: ${body.length}`, body), statuses: [refused] },
  { name: 'a folded transfer encoding', bytes: post('Transfer-Encoding:\r\n chunked', chunked), statuses: [refused, bad] },
  { name: 'a header without a colon', bytes: post(`X\r\nContent-Length: ${body.length}`, body), statuses: [bad] },
  { name: 'a NUL in a header', bytes: post(`X: a\0b\r\nContent-Length: ${body.length}`, body), statuses: [bad] },
  { name: 'a bare line feed in a header', bytes: post(`X: a\nContent-Length: ${body.length}`, body), statuses: [refused, bad] },
  { name: 'a bare carriage return in a header', bytes: post(`X: a\rContent-Length: ${body.length}`, body), statuses: [refused, bad] },
  { name: 'line feeds alone', bytes: whole.replaceAll('\r\n', '\n'), statuses: [refused, bad] },
  { name: 'a header of a megabyte', bytes: post(`X: ${'x'.repeat(1024 * 1024)}`), statuses: [[400, 413, 431]] },
  {
    name: 'ten thousand headers',
    bytes: post(Array.from({ length: 10_000 }, (_, i) => `X${i}: y`).join('\r\n')),
    statuses: [[400, 413, 431]],
  },

  { name: 'no length, and a body', bytes: post('X: y', body), statuses: [refused, bad] },
  { name: 'a length of zero, and a body', bytes: post('Content-Length: 0', body), statuses: [refused, bad] },
  { name: 'a length of zero, and a whole request behind it', bytes: post('Content-Length: 0', whole), statuses: [refused, [403]] },
  { name: 'a chunk extension', bytes: post('Transfer-Encoding: chunked', chunked.replace('\r\n', ';x=y\r\n')), statuses: [[403]] },
  {
    name: 'a chunk extension with a line feed',
    bytes: post('Transfer-Encoding: chunked', chunked.replace('\r\n', ';x\n=y\r\n')),
    statuses: [refused, bad],
  },
  { name: 'a chunk of a size that overflows', bytes: post('Transfer-Encoding: chunked', `fffffffffffffffff\r\n${body}`), statuses: [bad] },
  { name: 'a chunk of a negative size', bytes: post('Transfer-Encoding: chunked', `-1\r\n${body}`), statuses: [bad] },
  { name: 'a chunk size in hex notation', bytes: post('Transfer-Encoding: chunked', `0x34\r\n${body}\r\n0\r\n\r\n`), statuses: [bad] },
  { name: 'a chunk that is longer than it says', bytes: post('Transfer-Encoding: chunked', `1\r\n${body}\r\n0\r\n\r\n`), statuses: [bad] },
  {
    name: 'trailers that change the request',
    bytes: post('Transfer-Encoding: chunked\r\nTrailer: Content-Length', `${chunked.slice(0, -2)}Content-Length: 0\r\n\r\n`),
    statuses: [[400, 403]],
  },
  {
    name: 'one byte in each chunk',
    bytes: post('Transfer-Encoding: chunked', `${[...body].map((byte) => `1\r\n${byte}\r\n`).join('')}0\r\n\r\n`),
    statuses: [[403]],
  },

  { name: 'a second request behind the first', bytes: ping + whole, statuses: [[200], [403]] },
  { name: 'ten requests at once', bytes: whole.repeat(10), statuses: Array.from({ length: 10 }, () => [403]) },
  {
    name: 'a request in the body of a read',
    bytes: `GET /_ping HTTP/1.1\r\nHost: berth\r\nContent-Length: ${whole.length}\r\n\r\n${whole}`,
    statuses: [[200, 400]],
  },
  {
    name: 'a request behind an upgrade that is refused',
    bytes: post('Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0', whole, '/containers/ghost/attach?stream=1'),
    statuses: [[404]],
  },
  {
    name: 'a request behind an attach without an upgrade that is refused',
    bytes: post('Content-Length: 0', whole, '/containers/ghost/attach?stream=1'),
    statuses: [[404], [403]],
  },
  {
    name: 'an upgrade of a create',
    bytes: post(`Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: ${body.length}`, body),
    statuses: [[403]],
  },
  {
    name: 'an upgrade with chunks',
    bytes: post('Connection: Upgrade\r\nUpgrade: tcp\r\nTransfer-Encoding: chunked', chunked),
    statuses: [bad],
  },
  {
    name: 'an upgrade with a length and chunks',
    bytes: post(`Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: ${body.length}\r\nTransfer-Encoding: chunked`, chunked),
    statuses: [bad],
  },
  {
    name: 'an upgrade with five megabytes',
    bytes: post('Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 5242880', 'x'.repeat(65_536)),
    statuses: [[413]],
  },
  {
    name: 'an upgrade with a length that is no number',
    bytes: post('Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: x', body),
    statuses: [bad],
  },
  {
    name: 'an upgrade to HTTP/2',
    bytes: `GET /nodes HTTP/1.1\r\nHost: berth\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
    statuses: [[400, 501]],
  },
  {
    name: 'an upgrade of an exec, privileged',
    bytes: post(
      'Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 34',
      '{"Cmd":["id"],"Privileged": true }',
      '/containers/{running}/exec',
    ),
    statuses: [[403]],
  },
  {
    name: 'a WebSocket on the session',
    bytes:
      'GET /session HTTP/1.1\r\nHost: berth\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    statuses: [[501]],
  },
  {
    name: 'a WebSocket on a container',
    bytes:
      'GET /containers/{running}/attach/ws?stream=1 HTTP/1.1\r\nHost: berth\r\nOrigin: https://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    statuses: [[403]],
  },
  { name: 'a gRPC upgrade', bytes: post('Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 0', '', '/grpc'), statuses: [[501]] },

  {
    name: 'HTTP/1.0',
    bytes: `POST /containers/create HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    statuses: [[400, 403]],
  },
  {
    name: 'HTTP/1.0 with chunks',
    bytes: post('Transfer-Encoding: chunked', chunked, '/containers/create', 'HTTP/1.0'),
    statuses: [refused],
  },
  { name: 'HTTP/0.9', bytes: 'GET /containers/json\r\n\r\n', statuses: [[200, 400]] },
  { name: 'HTTP/1.2', bytes: post(`Content-Length: ${body.length}`, body, '/containers/create', 'HTTP/1.2'), statuses: [refused] },
  { name: 'HTTP/2', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', statuses: [bad] },
  { name: 'no Host', bytes: `POST /containers/create HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`, statuses: [bad] },
  { name: 'two Hosts', bytes: post(`Host: docker\r\nContent-Length: ${body.length}`, body), statuses: [refused] },
  {
    name: 'an absolute target',
    bytes: post(`Content-Length: ${body.length}`, body, 'http://127.0.0.1:2375/containers/create'),
    statuses: [bad],
  },
  { name: 'an authority as the target', bytes: 'CONNECT 127.0.0.1:2375 HTTP/1.1\r\nHost: 127.0.0.1:2375\r\n\r\n', statuses: [] },
  {
    name: 'a target with a space',
    bytes: post(`Content-Length: ${body.length}`, body, '/containers/create HTTP/1.1\r\nX: y'),
    statuses: [refused, bad],
  },
  { name: 'a method in small letters', bytes: whole.replace('POST', 'post'), statuses: [bad] },
  { name: 'a method nobody knows', bytes: whole.replace('POST', 'DESTROY'), statuses: [bad] },
  { name: 'an expectation', bytes: post(`Expect: 100-continue\r\nContent-Length: ${body.length}`, body), statuses: [[403]] },
  { name: 'an expectation nobody knows', bytes: post(`Expect: x\r\nContent-Length: ${body.length}`, body), statuses: [[400, 403, 417]] },
  { name: 'noise', bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', statuses: [bad] },
  { name: 'an SSH greeting', bytes: 'SSH-2.0-OpenSSH_9.0\r\n', statuses: [bad] },
];
