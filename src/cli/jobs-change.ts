import { commandWords } from '../policy/command-words.ts';
import { ownApi } from './api.ts';
import { type Command, type Given, textOption, UsageError } from './command.ts';
import { timeShort } from './table.ts';

interface JobRead {
  nextAt: string | null;
  version: number;
  spec: Record<string, unknown> & { env?: object; placement?: object };
}

/** An image may have to be pulled before the answer. */
const deadlineMs = 90_000;

const options: Command['options'] = {
  ...{ image: { type: 'string' }, schedule: { type: 'string' }, command: { type: 'string' }, isolation: { type: 'string' } },
  ...{ env: { type: 'string', multiple: true, short: 'e' }, retries: { type: 'string' }, timeout: { type: 'string' } },
  ...{ concurrency: { type: 'string' }, keep: { type: 'string' } },
  ...{ secret: { type: 'string', multiple: true }, 'secret-env': { type: 'string', multiple: true } },
  ...{ constraint: { type: 'string', multiple: true }, spread: { type: 'string', multiple: true } },
};

const optionsUsage =
  '[--schedule "30 2 * * *"] [--command "WORDS"] [--env NAME=VALUE]… [--secret NAME[:FILE]]… [--secret-env VARIABLE=NAME]… [--constraint host.labels.KEY==VALUE]… [--spread host.labels.KEY]… [--isolation shared|sandboxed] [--retries N] [--timeout 10m] [--concurrency allow|forbid|replace] [--keep N]';

export const jobsCreateCommand: Command = {
  usage: `jobs create NAME --image IMAGE ${optionsUsage}`,
  summary: 'make a job, which runs to its end by a schedule (in UTC) or when it is asked to',
  arguments: ['NAME'],
  options,
  async run(given) {
    const [name = ''] = given.arguments;
    if (textOption(given, 'image') === undefined) throw new UsageError('--image is missing.');
    const body = { name, ...settingsRead(given), spec: specRead(given) };
    const { nextAt } = await ownApi().post<JobRead>('/v1/jobs', body, {
      deadlineMs,
      headers: { 'idempotency-key': crypto.randomUUID() },
    });
    console.log(nextAt === null ? `${name}: made` : `${name}: made, runs next at ${timeShort(nextAt)}`);
  },
};

export const jobsUpdateCommand: Command = {
  usage: `jobs update NAME [--image IMAGE] ${optionsUsage}`,
  summary: 'change a job; what is not said stays, --schedule "" ends its schedule, and a run that goes on keeps what it was made with',
  arguments: ['NAME'],
  options,
  async run(given) {
    const [name = ''] = given.arguments;
    const [settings, said] = [settingsRead(given), specRead(given)];
    if (Object.keys({ ...settings, ...said }).length === 0) throw new UsageError('Say what is to change.');
    const [api, path] = [ownApi(), `/v1/jobs/${encodeURIComponent(name)}`];
    const { spec, version } = await api.get<JobRead>(path);
    const changed = {
      ...spec,
      ...said,
      ...(said.env && { env: { ...spec.env, ...said.env } }),
      ...(said.placement && { placement: { ...spec.placement, ...said.placement } }),
    };
    const body = { ...settings, ...(Object.keys(said).length > 0 && { spec: changed }) };
    const { nextAt } = await api.patch<JobRead>(path, body, { deadlineMs, headers: { 'if-match': `"${version}"` } });
    console.log(nextAt === null ? `${name}: changed` : `${name}: changed, runs next at ${timeShort(nextAt)}`);
  },
};

function settingsRead(given: Given): Record<string, unknown> {
  const [schedule, timeout, concurrency] = [textOption(given, 'schedule'), textOption(given, 'timeout'), textOption(given, 'concurrency')];
  const [retries, keep] = [wholeOption(given, 'retries'), wholeOption(given, 'keep')];
  return {
    ...(schedule !== undefined && { schedule: schedule === '' ? null : schedule }),
    ...(timeout !== undefined && { timeout: timeout === '' ? null : timeout }),
    ...(concurrency !== undefined && { concurrency }),
    ...(retries !== undefined && { retries }),
    ...(keep !== undefined && { keep }),
  };
}

function specRead(given: Given): Record<string, unknown> & { env?: object; placement?: object } {
  const [image, command, isolation] = [textOption(given, 'image'), textOption(given, 'command'), textOption(given, 'isolation')];
  const args = command === undefined ? undefined : commandWords(command);
  if (args === null) throw new UsageError('--command has a quote without an end.');
  const env = list(given, 'env').map((entry) => pairRead('--env', 'NAME=VALUE', entry));
  const secrets = [
    ...list(given, 'secret').map((entry) => {
      const [secret = '', ...file] = entry.split(':');
      return { secret, ...(file.length > 0 && { file: file.join(':') }) };
    }),
    ...list(given, 'secret-env').map((entry) => {
      const [variable, secret] = pairRead('--secret-env', 'VARIABLE=NAME', entry);
      return { secret, env: variable };
    }),
  ];
  const [constraints, spread] = [list(given, 'constraint'), list(given, 'spread')];
  const placement = { ...(constraints.length > 0 && { constraints }), ...(spread.length > 0 && { spread }) };
  return {
    ...{ ...(image !== undefined && { image }), ...(args && { args }), ...(isolation !== undefined && { isolation }) },
    ...(env.length > 0 && { env: Object.fromEntries(env) }),
    ...(secrets.length > 0 && { secrets }),
    ...(Object.keys(placement).length > 0 && { placement }),
  };
}

function pairRead(option: string, form: string, entry: string): [string, string] {
  const [, key = '', value = ''] = /^([^=]+)=(.*)$/s.exec(entry) ?? [];
  if (key === '') throw new UsageError(`${option} takes ${form}, not "${entry}".`);
  return [key, value];
}

function list(given: Given, name: string): string[] {
  const value = given.options[name];
  return Array.isArray(value) ? value.map(String) : [];
}

function wholeOption(given: Given, name: string): number | undefined {
  const text = textOption(given, name);
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new UsageError(`--${name} takes a whole number, not "${text}".`);
}
