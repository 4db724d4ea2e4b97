import { BerthError } from '../domain/errors.ts';

/** The ports of EXPOSE as `80/tcp`, each of a range by itself. Source: docker/go-connections, nat.ParsePortSpecs. */
export function portsRead(words: readonly string[]): string[] {
  return words.flatMap(portRead);
}

function portRead(raw: string): string[] {
  const parts = raw.split(':');
  const last = parts.at(-1) ?? '';
  const [port = '', protocol = ''] = last === '' || last.startsWith('/') ? ['', ''] : last.split('/');
  const address = parts.slice(0, -2).join(':');
  if (address !== '' && !/^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:.]+\])$/.test(address)) throw fault(`Invalid ip address: ${address}`);
  if (port === '') throw fault(`No port specified: ${raw}<empty>`);
  const [first, end] = rangeRead(port, 'containerPort');
  const published = parts.length > 1 ? (parts.at(-2) ?? '') : '';
  if (published !== '') {
    const [from, to] = rangeRead(published, 'hostPort');
    if (end - first !== to - from && end !== first)
      throw fault(`Invalid ranges specified for container and host Ports: ${port} and ${published}`);
  }
  const kind = (protocol || 'tcp').toLowerCase();
  if (!['tcp', 'udp', 'sctp'].includes(kind)) throw fault(`Invalid proto: ${protocol}`);
  return Array.from({ length: end - first + 1 }, (_, offset) => `${first + offset}/${kind}`);
}

function rangeRead(text: string, what: 'containerPort' | 'hostPort'): [first: number, end: number] {
  const [, first = '', end = first] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const range: [number, number] = [Number(first), Number(end)];
  if (first === '' || range[0] > 65_535 || range[1] > 65_535 || range[1] < range[0]) throw fault(`Invalid ${what}: ${text}`);
  return range;
}

function fault(message: string): BerthError {
  return new BerthError('malformed', message);
}
