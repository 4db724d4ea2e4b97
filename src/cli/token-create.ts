import { tokensApi } from './api.ts';
import { type Command, grantsGiven, grantsOptions, grantsUsage, jsonOption, operatorOption, tenantOption, textOption } from './command.ts';
import { durationRead } from './duration.ts';

export const tokenCreateCommand: Command = {
  usage: `token create NAME [--expires 30d] ${grantsUsage} [--tenant TENANT | --operator] [--json]`,
  summary: 'make a token, shown this once',
  arguments: ['NAME'],
  options: { expires: { type: 'string' }, ...grantsOptions, ...tenantOption, ...operatorOption, ...jsonOption },
  async run(given) {
    const [name] = given.arguments;
    const expires = textOption(given, 'expires');
    const expiresAt = expires === undefined ? undefined : new Date(Date.now() + durationRead('--expires', expires)).toISOString();
    const { api, path } = await tokensApi(given);
    const token = await api.post<{ token: string }>(path, { name, expiresAt, ...grantsGiven(given) });
    console.log(given.options.json ? JSON.stringify(token, null, 2) : token.token);
  },
};
