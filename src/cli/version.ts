import { berthVersion } from '../runtime/package.ts';
import { serverVersion } from './api.ts';
import type { Command } from './command.ts';

export const versionCommand: Command = {
  usage: 'version',
  summary: 'the version of this command, and of the server at BERTH_URL',
  arguments: [],
  options: {},
  async run() {
    console.log(`berth ${berthVersion}`);
    if (process.env.BERTH_URL) console.log(`server ${(await serverVersion()).version}`);
  },
};
