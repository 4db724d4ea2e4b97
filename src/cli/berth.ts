import { parseArgs } from 'node:util';
import { BerthError } from '../domain/errors.ts';
import { ApiError } from './api.ts';
import { type Command, type Given, UsageError } from './command.ts';
import { commands, commandWords } from './commands.ts';
import { commandHelp, groupHelp, helpText } from './help.ts';

const helpWords = ['help', '--help', '-h'];

process.exitCode = await main(process.argv.slice(2));

/** The exit code: 0 done, 1 it failed, 2 the command line or the environment is wrong. */
async function main(argv: string[]): Promise<number> {
  const [first = 'help', second = ''] = argv;
  const group = commandGroup(helpWords.includes(first) ? second : first);
  if (group.length > 0 && (helpWords.includes(first) || helpWords.includes(second))) {
    console.log(groupHelp(group));
    return 0;
  }
  if (helpWords.includes(first)) {
    console.log(helpText());
    return argv.length === 0 ? 2 : 0;
  }
  const command = commandFind(argv);
  if (!command) {
    console.error(unknownWords(argv));
    return 2;
  }
  try {
    const given = commandLineRead(command, argv.slice(commandWords(command).split(' ').length));
    if (given.options.help) console.log(commandHelp(command));
    else await command.run(given);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n${commandHelp(command)}`);
      return 2;
    }
    console.error(error instanceof ApiError || error instanceof BerthError ? error.message : error);
    return 1;
  }
}

function commandFind([first = '', second = '']: string[]): Command | undefined {
  return commands.find((command) => commandWords(command) === first || commandWords(command) === `${first} ${second}`);
}

/** Those of one thing: `jobs`. */
function commandGroup(word: string): Command[] {
  return commands.filter((command) => commandWords(command).startsWith(`${word} `));
}

function unknownWords([first = '', second]: string[]): string {
  const near = commandGroup(first);
  if (near.length === 0) return `There is no command "${first}". berth help lists what there is.`;
  const wrong = second === undefined ? `"berth ${first}" wants one more word.` : `There is no command "${first} ${second}".`;
  return [wrong, ...near.map((command) => `  berth ${command.usage}`)].join('\n');
}

function commandLineRead(command: Command, args: string[]): Given {
  const { values, positionals } = parse(command, args);
  const least = command.arguments.filter((name) => !name.startsWith('[')).length;
  const missing = command.arguments[positionals.length];
  if (!values.help && positionals.length < least) throw new UsageError(`${missing} is missing.`);
  const surplus = positionals[command.arguments.length];
  if (surplus !== undefined) throw new UsageError(`"${surplus}" is one argument too many.`);
  return { arguments: positionals, options: values };
}

function parse(command: Command, args: string[]) {
  try {
    return parseArgs({ args, options: { ...command.options, help: { type: 'boolean', short: 'h' } }, allowPositionals: true });
  } catch (error) {
    // Node's words, up to where they begin to explain Node.
    throw new UsageError(`${String((error as Error).message).split('. ')[0]}.`);
  }
}
