import type { ParseArgsConfig } from 'node:util';

export interface Command {
  /** The words that choose it, its arguments and its options: `token create NAME [--expires 30d]`. */
  usage: string;
  /** One line for `berth help`. */
  summary: string;
  /** Arguments that must be there; a last one in brackets may be left out. */
  arguments: readonly string[];
  options: NonNullable<ParseArgsConfig['options']>;
  run(given: Given): Promise<void>;
}

/** What the command line said, checked against the command's arguments and options. */
export interface Given {
  arguments: string[];
  options: Record<string, string | boolean | (string | boolean)[] | undefined>;
}

/** The command line or the environment is wrong: exit code 2. The message says how it is right. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** An option that takes a value; undefined when it is not there. */
export function textOption(given: Given, name: string): string | undefined {
  const value = given.options[name];
  return typeof value === 'string' ? value : undefined;
}

/** Words between commas, `read,run`; undefined when the option is not there. */
function listOption(given: Given, name: string): string[] | undefined {
  return textOption(given, name)
    ?.split(',')
    .map((word) => word.trim());
}

export const tenantOption = { tenant: { type: 'string' } } as const;
/** Of commands about tokens: the operators' instead of a tenant's. */
export const operatorOption = { operator: { type: 'boolean' } } as const;
export const jsonOption = { json: { type: 'boolean' } } as const;
/** Of commands that make a credential: how far it reaches. */
export const grantsOptions = { scope: { type: 'string' }, deployment: { type: 'string' }, address: { type: 'string' } } as const;
export const grantsUsage = '[--scope read,run] [--deployment WEB] [--address 10.0.0.0/8]';

/** What was said of how far it reaches, as `/v1` takes it. */
export function grantsGiven(given: Given): { scopes?: string[]; deployments?: string[]; addresses?: string[] } {
  const [scopes, deployments, addresses] = [listOption(given, 'scope'), listOption(given, 'deployment'), listOption(given, 'address')];
  return { ...(scopes && { scopes }), ...(deployments && { deployments }), ...(addresses && { addresses }) };
}
