import { tokensApi } from './api.ts';
import { type Command, operatorOption, tenantOption, UsageError } from './command.ts';

export const tokenRevokeCommand: Command = {
  usage: 'token revoke ID [--tenant TENANT | --operator]',
  summary: 'end a token at once',
  arguments: ['ID'],
  options: { ...tenantOption, ...operatorOption },
  async run(given) {
    const [id = ''] = given.arguments;
    if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id))
      throw new UsageError(`"${id}" is no id of a token. \`berth token list\` shows them.`);
    const { api, path } = await tokensApi(given);
    await api.delete(`${path}/${id}`);
    console.log('The token is revoked.');
  },
};
