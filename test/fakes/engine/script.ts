/** One step of a program; `when` is what `&&` and `||` make of it. */
export type Step = { when: 'always' | 'success' | 'failure' } & (
  | { do: 'status'; code: number }
  | { do: 'exit'; code: number | null }
  | { do: 'echo'; text: string; stream: 1 | 2 }
  | { do: 'sleep'; ms: number }
  | { do: 'cat'; stream: 1 | 2 }
  | { do: 'file'; path: string; stream: 1 | 2 }
  | { do: 'trap'; steps: Step[] }
  | { do: 'forever' }
);

export interface Script {
  steps: Step[];
  /** A shell that reads its commands from standard input. */
  interactive: boolean;
  env: Map<string, string>;
}

type Command = Step extends infer One ? (One extends { when: unknown } ? Omit<One, 'when'> : never) : never;

const secondsBySuffix: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Reads `true`, `false`, `echo`, `sleep`, `cat`, `exit`, `trap`, and `sh -c` with these between `;`, `&&` and `||`. */
export function scriptParse(argv: string[], env: Map<string, string>): Script {
  const shell = /^(?:.*\/)?(?:sh|ash|bash)$/.test(argv[0] ?? '');
  if (shell && argv[1] === '-c') return { steps: stepsOf(argv[2] ?? '', env), interactive: false, env };
  if (shell && argv.length === 1) return { steps: [], interactive: true, env };
  return { steps: [{ when: 'always', ...commandOf(argv, 1, env) }], interactive: false, env };
}

/** False for a program that only a signal ends. */
export function scriptEnds(argv: string[]): boolean {
  return !scriptParse(argv, new Map()).steps.some((step) => step.do === 'forever');
}

function stepsOf(text: string, env: Map<string, string>): Step[] {
  const steps: Step[] = [];
  let when: Step['when'] = 'always';
  for (const { words, redirected, separator } of statementsOf(text, env)) {
    if (words.length > 0) steps.push({ when, ...commandOf(words, redirected ? 2 : 1, env) });
    when = separator === '&&' ? 'success' : separator === '||' ? 'failure' : 'always';
    if (words[0] === 'while') break; // the rest is the loop's body, and the loop never ends
  }
  return steps;
}

function commandOf(words: string[], stream: 1 | 2, env: Map<string, string>): Command {
  const [command = '', ...args] = words[0] === 'exec' ? words.slice(1) : words;
  switch (command.slice(command.lastIndexOf('/') + 1)) {
    case 'true':
    case ':':
      return { do: 'status', code: 0 };
    case 'false':
      return { do: 'status', code: 1 };
    case 'exit':
      return { do: 'exit', code: args[0] === undefined ? null : Number(args[0]) & 255 };
    case 'echo':
      return { do: 'echo', stream, text: args[0] === '-n' ? args.slice(1).join(' ') : `${args.join(' ')}\n` };
    case 'sleep':
      return { do: 'sleep', ms: sleepMs(args[0] ?? '') };
    case 'cat':
      return args[0] === undefined ? { do: 'cat', stream } : { do: 'file', path: args[0], stream };
    case 'trap':
      return { do: 'trap', steps: stepsOf(args[0] ?? '', env) };
    default:
      return { do: 'forever' };
  }
}

function sleepMs(text: string): number {
  const [, amount, suffix = 's'] = /^([\d.]+)([smhd])?$/.exec(text) ?? [];
  return amount === undefined ? Number.POSITIVE_INFINITY : Number(amount) * (secondsBySuffix[suffix] ?? 1) * 1000;
}

interface Statement {
  words: string[];
  /** `>&2` */
  redirected: boolean;
  separator: string;
}

function* statementsOf(text: string, env: Map<string, string>): Generator<Statement> {
  const token = /\s*(?:(?<separator>&&|\|\||;|\n|&)|(?<redirect>1?>&2)|(?<word>(?:'[^']*'|"(?:\\.|[^"])*"|\\.|[^\s;&|'"\\])+))/gy;
  let statement: Statement = { words: [], redirected: false, separator: '' };
  for (const { groups } of text.matchAll(token)) {
    if (groups?.redirect !== undefined) statement.redirected = true;
    else if (groups?.word !== undefined) statement.words.push(wordOf(groups.word, env));
    else {
      yield { ...statement, separator: groups?.separator ?? ';' };
      statement = { words: [], redirected: false, separator: '' };
    }
  }
  yield statement;
}

function wordOf(raw: string, env: Map<string, string>): string {
  const expand = (text: string) => text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced, bare) => env.get(braced ?? bare) ?? '');
  return raw.replace(/'([^']*)'|"((?:\\.|[^"])*)"|\\(.)|([^'"\\]+)/g, (_, single, double, escaped, plain) => {
    if (double !== undefined) return expand(double).replace(/\\(["\\$`])/g, '$1');
    return single ?? escaped ?? expand(plain);
  });
}
