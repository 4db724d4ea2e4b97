import { BerthError } from '../domain/errors.ts';
import { commandWords } from './command-words.ts';
import { portShortRead } from './compose-ports.ts';
import { printable } from './fields.ts';
import type { JsonObject, JsonValue } from './json.ts';

/**
 * A service with each key in the one form that the reader knows, where Compose allows several: lists for maps, one text for a list,
 * short forms for long ones. What has a form that is none of these stays as it is, for the reader to refuse.
 */
export function serviceCanonical(service: JsonObject, path: string): JsonObject {
  const canonical: JsonObject = {};
  for (const [key, value] of Object.entries(service)) canonical[key] = (forms.get(key) ?? same)(value, `${path}.${key}`);
  return canonical;
}

type Form = (value: JsonValue, path: string) => JsonValue;

const same: Form = (value) => value;

const forms = new Map<string, Form>(
  Object.entries<Form>({
    command: words,
    entrypoint: words,
    environment: assignments,
    labels: assignments,
    sysctls: assignments,
    env_file: (value) => listed(value)?.map((item) => (typeof item === 'string' ? { path: item } : item)) ?? value,
    ports: (value, path) =>
      Array.isArray(value)
        ? value.flatMap((item, index) => (typeof item === 'string' ? portShortRead(item, `${path}[${index}]`) : item))
        : value,
    volumes: (value, path) =>
      Array.isArray(value) ? value.map((item, index) => (typeof item === 'string' ? volumeShort(item, `${path}[${index}]`) : item)) : value,
    networks: names,
    depends_on: names,
    secrets: (value) => (Array.isArray(value) ? value.map((item) => (typeof item === 'string' ? { source: item } : item)) : value),
    extra_hosts: (value) =>
      isObject(value)
        ? Object.entries(value).flatMap(([name, addresses]) => (listed(addresses) ?? []).map((address) => `${name}:${String(address)}`))
        : value,
    dns: one,
    dns_search: one,
    tmpfs: one,
    ulimits: (value) =>
      isObject(value)
        ? Object.fromEntries(
            Object.entries(value).map(([name, limit]) => [name, typeof limit === 'string' ? { soft: limit, hard: limit } : limit]),
          )
        : value,
    healthcheck: (value) => (isObject(value) && typeof value.test === 'string' ? { ...value, test: ['CMD-SHELL', value.test] } : value),
  }),
);

function one(value: JsonValue): JsonValue {
  return listed(value) ?? value;
}

function listed(value: JsonValue): JsonValue[] | null {
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? [value] : null;
}

function words(value: JsonValue, path: string): JsonValue {
  if (typeof value !== 'string') return value;
  const split = commandWords(value);
  if (split === null) throw new BerthError('malformed', `${path} has a quote without an end.`);
  return split;
}

/** `NAME=value`; a name alone has no value, as null in a map. */
function assignments(value: JsonValue): JsonValue {
  if (!Array.isArray(value)) return value;
  return Object.fromEntries(
    value.map((item) => {
      const text = typeof item === 'string' ? item : '';
      const [, name = text, assigned] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
      return [name, assigned ?? null];
    }),
  );
}

function names(value: JsonValue): JsonValue {
  return Array.isArray(value) ? Object.fromEntries(value.map((name) => [String(name), {}])) : value;
}

/** `name:/path[:ro]` */
function volumeShort(text: string, path: string): JsonObject {
  const [source = '', target, mode = 'rw', ...rest] = text.split(':');
  if (target === undefined)
    throw new BerthError(
      'refused',
      `${path} is not allowed: an anonymous volume would be another one for each replica; give it a name. See docs/deployments.md.`,
    );
  if (/^[/.~\\]|[/\\]/.test(source)) return { type: 'bind', source, target };
  const options = mode.split(',');
  if (rest.length > 0 || options.some((option) => !['ro', 'rw', 'nocopy'].includes(option)))
    throw new BerthError('malformed', `${path} is not NAME:/PATH[:ro]: ${printable(text)}.`);
  return {
    type: 'volume',
    source,
    target,
    read_only: String(options.includes('ro')),
    volume: { nocopy: String(options.includes('nocopy')) },
  };
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
