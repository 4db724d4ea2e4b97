/** `npm run check`: format, lint, types, import rules, dead code, the pure tests and the migrations, at once; the fast loop while writing. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { processRun } from '../src/runtime/local/process.ts';

interface Verdict {
  ok: boolean;
  words: string;
}

const root = join(import.meta.dirname, '..');
const bin = (name: string) => join(root, 'node_modules/.bin', name);

async function ran(...command: string[]): Promise<Verdict> {
  const result = await processRun(command, { cwd: root });
  return { ok: result.code === 0, words: result.stdout + result.stderr };
}

/** With a TypeScript that it does not understand, dependency-cruiser sees no module and finds nothing wrong. */
async function importRules(): Promise<Verdict> {
  const { stdout, stderr } = await processRun([bin('depcruise'), 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'], {
    cwd: root,
  });
  if (!stdout.startsWith('{')) return { ok: false, words: stdout + stderr };
  const { summary } = JSON.parse(stdout);
  const files = (await readdir(join(root, 'src'), { recursive: true })).filter((file) => /\.tsx?$/.test(file)).length;
  if (summary.totalCruised < files)
    return { ok: false, words: `dependency-cruiser saw ${summary.totalCruised} modules and src has ${files}` };
  const lines = summary.violations.map(
    (violation: { rule: { name: string }; from: string; to: string }) => `${violation.rule.name}: ${violation.from} → ${violation.to}`,
  );
  return { ok: lines.length === 0, words: lines.join('\n') };
}

const checks: Record<string, () => Promise<Verdict>> = {
  'format and lint': () => ran(bin('biome'), 'check', '--max-diagnostics=50'),
  types: () => ran(bin('tsc'), '--project', '.', '--incremental', '--tsBuildInfoFile', 'node_modules/.cache/berth.tsbuildinfo'),
  'import rules': importRules,
  'dead code': () => ran(bin('knip'), '--no-progress'),
  'pure tests': () => ran(bin('vitest'), 'run', '--project', 'pure', '--reporter=default'),
  migrations: () => ran(bin('vitest'), 'run', '--project', 'local', 'test/db', '--reporter=default'),
};

const start = performance.now();
const verdicts = await Promise.all(Object.entries(checks).map(async ([name, check]) => ({ name, ...(await check()) })));
for (const { name, ok, words } of verdicts) {
  if (!ok) console.log(`\n# ${name}\n${words.trim()}`);
}
console.log(verdicts.map(({ name, ok }) => `${ok ? 'ok  ' : 'FAIL'} ${name}`).join('\n'));
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s`);
process.exitCode = verdicts.every(({ ok }) => ok) ? 0 : 1;
