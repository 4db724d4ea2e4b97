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
  ...['pure', 'local', 'fleet', 'contract', 'wire', 'cli', 'clients', 'comparison', 'build', 'edge', 'walls', 'crash'],
  ...['deployments', 'escape', 'streams', 'rest', 'worker'],
];
const vitest = join(import.meta.dirname, '../node_modules/vitest/vitest.mjs');
/** More than these had no bad moment. */
const rerunFilesMost = 6;
const inCi = Boolean(process.env.CI);

const words = process.argv.slice(2);
const chosen = suites.filter((suite) => words.includes(suite));
const files = words.filter((word) => !suites.includes(word) && word !== '--long');
if (words.includes('--long')) process.env.BERTH_TEST_LONG = '1';

const selected = chosen.length > 0 ? chosen : suites;
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
/** By suite, what each of its files came to. */
const results = new Map<string, Map<string, FileResult>>();
await requirementsInstall(selected);
for (const suite of selected) await suiteRun(suite);
const unsteady = await brokenRerun();
for (const [suite, files] of results) resultsCount(suite, [...files.values()]);
// Once more at the end, since a log of thousands of lines is cut by whoever keeps it.
for (const failure of unsteady) console.log(`\npassed only when it was run once more: ${failure}`);
for (const failure of failures) console.log(`\nfailed: ${failure}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** A suite of vitest's, with its report by file; those files alone when `only` is given. */
async function vitestRun(suite: string, only: string[]): Promise<{ code: number; files: FileResult[] | null }> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-test-'));
  const report = join(folder, 'report.json');
  const args = [vitest, 'run', '--project', suite, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...only];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  const code = await new Promise<number>((resolve) => child.once('close', (value) => resolve(value ?? 1)));
  const text = await readFile(report, 'utf8').catch(() => undefined);
  await rm(folder, { recursive: true });
  return { code, files: text === undefined ? null : (JSON.parse(text).testResults ?? []) };
}

async function suiteRun(suite: string): Promise<void> {
  const missing = await requirementsMissing(suite);
  if (missing.length > 0) return suiteSkip(suite, missing);
  console.log(`\n# ${suite}`);
  const { code, files: reported } = await vitestRun(suite, files);
  const found = new Map((reported ?? []).map((file) => [file.name, file]));
  results.set(suite, found);
  // A crash that no file is blamed for fails no test: it counts as one, or it would pass unseen.
  if (code !== 0 && ![...found.values()].some((file) => failuresOf(suite, file).length > 0)) {
    total.failed++;
    failures.push(`${suite}: it ended with code ${code}${reported === null ? ' before it could report' : ''}`);
  }
}

/**
 * Files that failed are run once more when all others have ended: an engine, a kernel and a scheduler are not ours, and one test among
 * thousands that meets them at a bad moment should not hide what the others say. Resolves with what passed only then: a bug to be found.
 */
async function brokenRerun(): Promise<string[]> {
  const broken = [...results].flatMap(([suite, found]) =>
    [...found.values()].flatMap((file) => {
      const failed = failuresOf(suite, file);
      return failed.length > 0 ? [{ suite, file, failed }] : [];
    }),
  );
  if (broken.length > rerunFilesMost) return [];
  const unsteady: string[] = [];
  for (const { suite, file, failed } of broken) {
    console.log(`\n# ${suite}: once more ${relative(process.cwd(), file.name)}`);
    const { code, files: again } = await vitestRun(suite, [relative(process.cwd(), file.name)]);
    const second = again?.find(({ name }) => name === file.name);
    if (!second || (code !== 0 && failuresOf(suite, second).length === 0)) continue;
    results.get(suite)?.set(file.name, second);
    const still = failuresOf(suite, second);
    unsteady.push(...failed.filter((failure) => !still.some((one) => sameTest(one, failure))));
  }
  return unsteady;
}

function resultsCount(suite: string, found: FileResult[]): void {
  const failed = found.flatMap((file) => failuresOf(suite, file));
  const count = (...states: string[]) =>
    found.flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => states.includes(status)).length;
  failures.push(...failed);
  total.passed += count('passed');
  total.failed += failed.length;
  total.skipped += count('pending', 'skipped', 'todo');
}

/** The failed tests of a file in vitest's JSON report, each with the first lines of why; a file that did not load is one as well. */
function failuresOf(suite: string, { name, message, assertionResults }: FileResult): string[] {
  const file = relative(process.cwd(), name);
  const failed = assertionResults.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return message ? [`${suite} ${file}\n${head(message)}`] : [];
  return failed.map(({ fullName, failureMessages }) => `${suite} ${file}: ${fullName}\n${head(failureMessages.join('\n'))}`);
}

function sameTest(one: string, other: string): boolean {
  return one.split('\n')[0] === other.split('\n')[0];
}

function head(text: string): string {
  return text.split('\n').slice(0, 12).join('\n').slice(0, 2_000);
}

/** Counts the suite's tests without running them. */
async function suiteSkip(suite: string, missing: string[]): Promise<void> {
  const { stdout } = await processRun([process.execPath, vitest, 'list', '--project', suite, '--json', ...files]);
  const listed = stdout.indexOf('[');
  const count = listed < 0 ? 0 : JSON.parse(stdout.slice(listed)).length;
  console.log(`\n# ${suite}: ${inCi ? 'failed' : 'skipped'}, since this machine lacks ${missing.join(', ')}`);
  if (inCi) total.failed += Math.max(1, count);
  else total.skipped += count;
}
