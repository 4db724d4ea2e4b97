/**
 * `npm test [-- suite or file…] [--long]`: every suite in turn, and as the last line `N passed, N failed, N skipped`.
 * Words that name a suite choose it; others are passed on as a filter on file names.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { processRun } from '../src/runtime/local/process.ts';
import { requirementsInstall, requirementsMissing } from './setup/requirements.ts';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** What is read of a file in vitest's JSON report. */
interface FileResult {
  name: string;
  message: string;
  assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
}

const suites = [
  'pure',
  'local',
  'fleet',
  'contract',
  'wire',
  'cli',
  'clients',
  'comparison',
  'build',
  'edge',
  'walls',
  'crash',
  'deployments',
  'escape',
  'streams',
  'rest',
  'worker',
];
const vitest = join(import.meta.dirname, '../node_modules/vitest/vitest.mjs');
const inCi = Boolean(process.env.CI);

const words = process.argv.slice(2);
const chosen = suites.filter((suite) => words.includes(suite));
const files = words.filter((word) => !suites.includes(word) && word !== '--long');
if (words.includes('--long')) process.env.BERTH_TEST_LONG = '1';

const selected = chosen.length > 0 ? chosen : suites;
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
await requirementsInstall(selected);
for (const suite of selected) {
  const missing = await requirementsMissing(suite);
  const counts = missing.length > 0 ? await suiteSkip(suite, missing) : await suiteRun(suite);
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
}
// Once more at the end, since a log of thousands of lines is cut by whoever keeps it.
for (const failure of failures) console.log(`\nfailed: ${failure}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;

async function suiteRun(suite: string): Promise<Counts> {
  console.log(`\n# ${suite}`);
  const folder = await mkdtemp(join(tmpdir(), 'berth-test-'));
  const report = join(folder, 'report.json');
  const args = [vitest, 'run', '--project', suite, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...files];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  const code = await new Promise<number>((resolve) => child.once('close', (value) => resolve(value ?? 1)));
  const text = await readFile(report, 'utf8').catch(() => undefined);
  await rm(folder, { recursive: true });
  const result = text === undefined ? {} : JSON.parse(text);
  const failed: number = result.numFailedTests ?? 0;
  failures.push(
    ...failuresOf(suite, result),
    ...(text === undefined ? [`${suite}: it ended with code ${code} before it could report`] : []),
  );
  return {
    passed: result.numPassedTests ?? 0,
    // A file that does not load, or a crash, fails no test: it counts as one, or it would pass unseen.
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: (result.numPendingTests ?? 0) + (result.numTodoTests ?? 0),
  };
}

/** The failed tests of vitest's JSON report, each with the first lines of why; a file that did not load is one as well. */
function failuresOf(suite: string, report: { testResults?: FileResult[] }): string[] {
  return (report.testResults ?? []).flatMap(({ name, message, assertionResults }) => {
    const file = relative(process.cwd(), name);
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0) return message ? [`${suite} ${file}\n${head(message)}`] : [];
    return failed.map(({ fullName, failureMessages }) => `${suite} ${file}: ${fullName}\n${head(failureMessages.join('\n'))}`);
  });
}

function head(text: string): string {
  return text.split('\n').slice(0, 12).join('\n').slice(0, 2_000);
}

/** Counts the suite's tests without running them. */
async function suiteSkip(suite: string, missing: string[]): Promise<Counts> {
  const { stdout } = await processRun([process.execPath, vitest, 'list', '--project', suite, '--json', ...files]);
  const listed = stdout.indexOf('[');
  const count = listed < 0 ? 0 : JSON.parse(stdout.slice(listed)).length;
  console.log(`\n# ${suite}: ${inCi ? 'failed' : 'skipped'}, since this machine lacks ${missing.join(', ')}`);
  return inCi ? { passed: 0, failed: Math.max(1, count), skipped: 0 } : { passed: 0, failed: 0, skipped: count };
}
