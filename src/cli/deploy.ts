import { commandWords } from '../policy/command-words.ts';
import { portShortRead } from '../policy/compose-ports.ts';
import { type Api, ApiError, ownApi } from './api.ts';
import { type Command, type Given, textOption, UsageError } from './command.ts';
import { composeFileRead } from './deploy-compose.ts';
import { type OperationStarted, operationsWatch } from './deploy-watch.ts';

/** An image may have to be pulled before the answer. */
const deadlineMs = 90_000;

export const deployCommand: Command = {
  usage:
    'deploy [NAME] (-f FILE [--name STACK] [--prune] | --image IMAGE [--replicas N] [--publish [PORT:]PORT]… [--env NAME=VALUE]… [--memory 512m] [--cpus 0.5] [--command "WORDS"] [--health-cmd "WORDS"]) [--detach]',
  summary: 'make what runs what a Compose file says, or one deployment of an image; waits until it is healthy',
  arguments: ['[NAME]'],
  options: {
    file: { type: 'string', short: 'f' },
    name: { type: 'string' },
    prune: { type: 'boolean' },
    image: { type: 'string' },
    replicas: { type: 'string' },
    publish: { type: 'string', multiple: true, short: 'p' },
    env: { type: 'string', multiple: true, short: 'e' },
    memory: { type: 'string' },
    cpus: { type: 'string' },
    command: { type: 'string' },
    'health-cmd': { type: 'string' },
    detach: { type: 'boolean', short: 'd' },
  },
  async run(given) {
    const file = textOption(given, 'file');
    if ((file === undefined) === (textOption(given, 'image') === undefined))
      throw new UsageError('Give either a Compose file with -f, or a NAME with --image.');
    const api = ownApi();
    const begun = file === undefined ? [await imageDeploy(api, given)] : await composeDeploy(api, file, given);
    if (given.options.detach === true) for (const { name, operation } of begun) console.log(`${name}: ${operation.kind} began`);
    else await operationsWatch(api, begun);
  },
};

interface Begun {
  name: string;
  operation: OperationStarted;
}

async function composeDeploy(api: Api, file: string, given: Given): Promise<Begun[]> {
  if (given.arguments.length > 0) throw new UsageError('With -f the stack is named by --name.');
  const { stack, wish } = await composeFileRead(file, textOption(given, 'name'));
  const body = { ...wish, prune: given.options.prune === true };
  const applied = await api.put<{ operations: (OperationStarted & { name: string })[]; unchanged: string[] }>(`/v1/stacks/${stack}`, body, {
    deadlineMs,
  });
  for (const name of applied.unchanged) console.log(`${name}: unchanged`);
  return applied.operations.map((operation) => ({ name: operation.name, operation }));
}

/** Makes the deployment, or a new revision of it that keeps what is not said. */
async function imageDeploy(api: Api, given: Given): Promise<Begun> {
  const [name] = given.arguments;
  if (name === undefined) throw new UsageError('NAME is missing.');
  const said = specRead(given);
  const present = await deploymentRead(api, name);
  if (!present)
    return {
      name,
      operation: await api.post(
        '/v1/deployments',
        { name, spec: said },
        { deadlineMs, headers: { 'idempotency-key': crypto.randomUUID() } },
      ),
    };
  const { spec, version } = present;
  const resources = {
    ...(spec.resources as object),
    limits: { ...(spec.resources as { limits?: object }).limits, ...said.resources?.limits },
  };
  const merged = { ...spec, ...said, env: { ...(spec.env as object), ...said.env }, resources };
  return {
    name,
    operation: await api.put(
      `/v1/deployments/${encodeURIComponent(name)}`,
      { spec: merged },
      { deadlineMs, headers: { 'if-match': `"${version}"` } },
    ),
  };
}

async function deploymentRead(api: Api, name: string): Promise<{ spec: Record<string, unknown>; version: number } | undefined> {
  try {
    return await api.get(`/v1/deployments/${encodeURIComponent(name)}`);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function specRead(given: Given): Record<string, unknown> & { env?: object; resources?: { limits: object } } {
  const [memory, cpus, replicas] = [textOption(given, 'memory'), numberOption(given, 'cpus'), numberOption(given, 'replicas')];
  const [command, health] = [textOption(given, 'command'), textOption(given, 'health-cmd')];
  const args = command === undefined ? undefined : commandWords(command);
  if (args === null) throw new UsageError('--command has a quote without an end.');
  const env = list(given, 'env').map((entry) => {
    const [, key = '', value = ''] = /^([^=]+)=(.*)$/s.exec(entry) ?? [];
    if (key === '') throw new UsageError(`--env takes NAME=VALUE, not "${entry}".`);
    return [key, value];
  });
  const ports = list(given, 'publish').flatMap((text) => portShortRead(text, '--publish'));
  return {
    image: textOption(given, 'image'),
    ...(replicas !== undefined && { replicas }),
    ...(args && { args }),
    ...(env.length > 0 && { env: Object.fromEntries(env) }),
    ...(ports.length > 0 && {
      ports: ports.map(({ target, published, protocol }) => ({
        target: Number(target),
        ...(published !== undefined && { published: Number(published) }),
        protocol,
      })),
    }),
    ...((memory !== undefined || cpus !== undefined) && {
      resources: { limits: { ...(memory !== undefined && { memory }), ...(cpus !== undefined && { cpus }) } },
    }),
    ...(health !== undefined && { healthcheck: { test: health } }),
  };
}

function list(given: Given, name: string): string[] {
  const value = given.options[name];
  return Array.isArray(value) ? value.map(String) : [];
}

function numberOption(given: Given, name: string): number | undefined {
  const text = textOption(given, name);
  if (text === undefined) return undefined;
  if (/^\d{1,9}(\.\d{1,9})?$/.test(text)) return Number(text);
  throw new UsageError(`--${name} takes a number, not "${text}".`);
}
