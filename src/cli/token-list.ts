import { tokensApi } from './api.ts';
import { type Command, jsonOption, operatorOption, tenantOption } from './command.ts';
import { credentialState, listPrint, timeShort } from './table.ts';

interface Token {
  id: string;
  name: string;
  prefix: string;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  scopes: string[];
  deployments: string[] | null;
  lastUsedAt: string | null;
}

export const tokenListCommand: Command = {
  usage: 'token list [--tenant TENANT | --operator] [--json]',
  summary: 'list tokens',
  arguments: [],
  options: { ...tenantOption, ...operatorOption, ...jsonOption },
  async run(given) {
    const { api, path } = await tokensApi(given);
    listPrint(await api.all<Token>(path), given.options.json === true, {
      NAME: (token) => token.name,
      TOKEN: (token) => `${token.prefix}…`,
      STATE: credentialState,
      SCOPES: ({ scopes, deployments }) =>
        scopes.map((scope) => (scope === 'deploy' && deployments ? `deploy:${deployments.join('+')}` : scope)).join(','),
      CREATED: (token) => timeShort(token.createdAt),
      EXPIRES: (token) => timeShort(token.expiresAt),
      USED: (token) => timeShort(token.lastUsedAt),
      ID: (token) => token.id,
    });
  },
};
