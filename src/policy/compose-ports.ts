import { BerthError } from '../domain/errors.ts';
import { type Fields, printable } from './fields.ts';
import type { JsonObject } from './json.ts';

/** `[[HOST:]PUBLISHED:]TARGET[/PROTOCOL]`, each a port or a range of them, in Compose's long form: one for each port. */
export function portShortRead(text: string, path: string): JsonObject[] {
  const wrong = () => new BerthError('malformed', `${path} is not [PUBLISHED:]TARGET[/PROTOCOL]: ${printable(text)}.`);
  const [, host = '', published = '', target = '', protocol = 'tcp'] =
    /^(?:(?:(\[[^\]]+\]|[^:[\]]+):)?([\d-]*):)?([\d-]+)(?:\/([a-z]+))?$/i.exec(text) ?? [];
  const targets = rangeRead(target);
  const publisheds = published === '' ? [] : rangeRead(published);
  if (targets === null || publisheds === null) throw wrong();
  if (publisheds.length > 0 && publisheds.length !== targets.length)
    throw new BerthError(
      'refused',
      `${path} is not allowed: ${printable(text)} has ranges of different lengths. Say which port leads to which. See docs/deployments.md.`,
    );
  return targets.map((port, index) => ({
    target: String(port),
    ...(publisheds[index] !== undefined && { published: String(publisheds[index]) }),
    protocol,
    ...(host !== '' && { host_ip: host }),
  }));
}

function rangeRead(text: string): number[] | null {
  const [, from = '', to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (from === '' || first < 1 || last > 65_535 || first > last || last - first > 255) return null;
  return Array.from({ length: last - first + 1 }, (_none, index) => first + index);
}

/** One port of the long form, as a deployment's spec has it. */
export function portLongRead(port: Fields): JsonObject {
  const hostIp = port.string('host_ip');
  if (!['', '0.0.0.0', '[::]', '::'].includes(hostIp))
    throw port.refused('host_ip', `${printable(hostIp)}: ports are published on the edge, which has its own address`);
  const mode = port.string('mode');
  if (!['', 'ingress'].includes(mode)) throw port.refused('mode', 'ports are published on the edge, never on a host; leave it out');
  const published = port.string('published');
  const read = {
    target: portOf(port, 'target'),
    protocol: port.string('protocol') || 'tcp',
    ...(published !== '' && { published: numberOf(port, 'published', published) }),
  };
  port.end();
  return read;
}

function portOf(port: Fields, name: string): number {
  return numberOf(port, name, port.string(name));
}

function numberOf(port: Fields, name: string, text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw port.malformed(name, `must be a port: ${printable(text)}`);
}
