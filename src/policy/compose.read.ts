import { BerthError } from '../domain/errors.ts';
import { composeTable } from './compose.table.ts';
import { serviceCanonical } from './compose-canonical.ts';
import { serviceSpecRead } from './compose-service.ts';
import type { ComposeContext, ComposeNetwork, StackWish } from './compose-types.ts';
import { oneOf, truth } from './compose-values.ts';
import { Fields, printable } from './fields.ts';
import type { JsonObject, JsonValue } from './json.ts';

/**
 * A Compose file, its variables put in, as a stack of deployments: by the Compose specification. `document`: from composeNormalize.
 * Throws `refused` for what is not supported, by its name, and `malformed` for what makes no sense.
 */
export function composeRead(document: JsonValue, context: ComposeContext): StackWish {
  return inComposeWords(() => stackRead(document, context));
}

/** The names of the env files of all services, each with whether it has to exist. */
export function composeEnvFiles(document: JsonValue): Map<string, boolean> {
  const files = new Map<string, boolean>();
  const services = isObject(document) && isObject(document.services ?? null) ? (document.services as JsonObject) : {};
  for (const [name, service] of Object.entries(services)) {
    const listed = isObject(service) ? serviceCanonical({ env_file: service.env_file ?? null }, `services.${name}`).env_file : null;
    for (const item of Array.isArray(listed) ? listed : []) {
      if (isObject(item) && typeof item.path === 'string') files.set(item.path, files.get(item.path) || item.required !== 'false');
    }
  }
  return files;
}

const maxDepth = 32;

/** What a YAML parser gave, with every scalar as its text: a number or a truth may be written as either, or come from a variable. */
export function composeNormalize(value: unknown, depth = 0): JsonValue {
  if (depth > maxDepth) throw new BerthError('malformed', 'The file is nested too deeply.');
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map((item) => composeNormalize(item, depth + 1));
  if (typeof value === 'object') {
    if (Object.getPrototypeOf(value) !== Object.prototype)
      throw new BerthError('malformed', 'The file holds a value that is no text, number, truth, list or map.');
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, composeNormalize(item, depth + 1)]));
  }
  return String(value);
}

function stackRead(document: JsonValue, context: ComposeContext): StackWish {
  const fields = Fields.ofBody(extensionsSkip(canonical(document)), composeTable);
  fields.string('name');
  const networks = networksRead(fields, context.stack);
  const volumes = volumesRead(fields, context.stack);
  const secrets = secretsRead(fields);
  const used = new Set<string>();
  const services = fields.objectMap('services', { maxEntries: 100 }).map(([key, service]) => {
    if (!/^[a-z0-9]([a-z0-9_.-]{0,61}[a-z0-9])?$/.test(key))
      throw new BerthError('malformed', `services.${printable(key)} is no name for a service: use a-z, 0-9, _, . and -.`);
    const read = serviceSpecRead(service, key, { ...context, networks, volumes, secrets, used });
    return { key, ...read };
  });
  fields.end();
  if (services.length === 0) throw new BerthError('malformed', 'services is missing: say what to run.');
  return {
    networks: [...networks.values()]
      .filter(({ name, external }) => !external && used.has(name))
      .map(({ name, internal, labels }) => ({ name, internal, labels })),
    volumes: [...volumes.values()].filter(({ external }) => !external).map(({ name, labels }) => ({ name, labels })),
    deployments: inOrder(services).map(({ key, spec }) => ({ name: `${context.stack}_${key}`, spec })),
  };
}

/** Every stack has a network `default`, whether the file says so or not. */
function networksRead(fields: Fields, stack: string): Map<string, ComposeNetwork> {
  const networks = new Map([['default', { name: `${stack}_default`, internal: false, external: false, labels: {} }]]) as Map<
    string,
    ComposeNetwork
  >;
  for (const [key, network] of fields.objectMap('networks', { maxEntries: 64 })) {
    oneOf(network, 'driver', ['', 'bridge']);
    const external = truth(network, 'external');
    const name = network.string('name') || (external ? key : `${stack}_${key}`);
    networks.set(key, { name, external, internal: truth(network, 'internal'), labels: Object.fromEntries(network.stringMap('labels')) });
    network.end();
  }
  return networks;
}

function volumesRead(fields: Fields, stack: string): Map<string, { name: string; external: boolean; labels: Record<string, string> }> {
  return new Map(
    fields.objectMap('volumes', { maxEntries: 64 }).map(([key, volume]) => {
      oneOf(volume, 'driver', ['', 'local']);
      const external = truth(volume, 'external');
      const name = volume.string('name') || (external ? key : `${stack}_${key}`);
      const labels = Object.fromEntries(volume.stringMap('labels'));
      volume.end();
      return [key, { name, external, labels }];
    }),
  );
}

function secretsRead(fields: Fields): Map<string, string> {
  return new Map(
    fields.objectMap('secrets', { maxEntries: 64 }).map(([key, secret]) => {
      const external = truth(secret, 'external');
      const name = secret.string('name') || key;
      secret.end();
      if (!external) throw secret.refused('external', 'it has to be true: make the secret first');
      return [key, name];
    }),
  );
}

/** Those that others depend on first; otherwise as the file has them. */
function inOrder<T extends { key: string; after: readonly string[] }>(services: readonly T[]): T[] {
  const ordered: T[] = [];
  const path = new Set<string>();
  const visit = (service: T) => {
    if (ordered.includes(service)) return;
    if (path.has(service.key)) throw new BerthError('malformed', `services.${service.key}.depends_on comes back to the service itself.`);
    path.add(service.key);
    for (const key of service.after) {
      const other = services.find((candidate) => candidate.key === key);
      if (!other)
        throw new BerthError('malformed', `services.${service.key}.depends_on names a service that is not in the file: ${printable(key)}.`);
      visit(other);
    }
    path.delete(service.key);
    ordered.push(service);
  };
  for (const service of services) visit(service);
  return ordered;
}

function canonical(document: JsonValue): JsonValue {
  if (!isObject(document)) throw new BerthError('malformed', 'The file must be a map with the key services.');
  const services = document.services ?? null;
  if (!isObject(services)) return document;
  const skipped = Object.fromEntries(
    Object.entries(services).map(([key, service]) => [key, isObject(service) ? serviceCanonical(service, `services.${key}`) : service]),
  );
  const labelled = (part: JsonValue) =>
    isObject(part)
      ? Object.fromEntries(Object.entries(part).map(([key, item]) => [key, isObject(item) ? serviceCanonical(item, key) : item]))
      : part;
  return { ...document, services: skipped, networks: labelled(document.networks ?? null), volumes: labelled(document.volumes ?? null) };
}

/** Maps whose keys are the tenant's own words: what begins with x- there is one of them. */
const ownWords = new Set(['environment', 'labels', 'sysctls', 'ulimits', 'services', 'networks', 'volumes', 'secrets']);

function extensionsSkip(value: JsonValue, own = false): JsonValue {
  if (Array.isArray(value)) return value.map((item) => extensionsSkip(item));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => own || !key.startsWith('x-'))
      .map(([key, item]) => [key, extensionsSkip(item, ownWords.has(key))]),
  );
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function inComposeWords<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof BerthError)
      throw new BerthError(error.code, error.message.replace('docs/divergence.md', 'docs/deployments.md'), { cause: error });
    throw error;
  }
}
