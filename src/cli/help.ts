import type { Command } from './command.ts';
import { commands } from './commands.ts';

const indent = '      ';

export function helpText(): string {
  return [
    'berth: a fleet of Docker hosts as one Docker Engine for each of many tenants',
    '',
    groupHelp(commands),
    '',
    'Commands reach the server at BERTH_URL with BERTH_TOKEN, a token of your tenant;',
    "operators' commands, and those with --tenant, with BERTH_OPERATOR_TOKEN.",
  ].join('\n');
}

export function groupHelp(group: readonly Command[]): string {
  return group.map(({ usage, summary }) => `  berth ${usage}\n${indent}${summary}`).join('\n');
}

export function commandHelp({ usage, summary }: Command): string {
  return `usage: berth ${usage}\n${indent}${summary}`;
}
