import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, type FleetHost, fleetUp } from '../fleet/fleet.ts';
import { type Berth, berthUp, type CommandResult, dockerRun, type Tenant } from '../harness.ts';
import { beforeName, type CorpusCase, contextWrite, corpusRead } from './corpus-case.ts';
import { type FlatImage, imageFlat } from './image-flat.ts';

/** Each Dockerfile of the corpus is built by the classic builder of a bare engine, and by Berth: images and words must be the same. */
const cases = await corpusRead();
const only = process.env.BERTH_CORPUS;
const chosen = only ? cases.filter(({ name, file }) => `${file}: ${name}`.includes(only)) : cases;
const workers = 4;

interface Outcome {
  code: number;
  said: string[];
  image: FlatImage | null;
}

let fleet: Fleet;
let berth: Berth;
let folder: string;
const outcomes = new Map<CorpusCase, { stock: Outcome; own: Outcome }>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-corpus-'));
  fleet = await fleetUp({ name: 'corpus', count: 2 });
  const [host, bare] = fleet.hosts as [FleetHost, FleetHost];
  berth = await berthUp({ hosts: [host], tenants: ['red'] });
  const red = berth.tenants.red as Tenant;
  await red.docker(['load'], { input: await busyboxImageMake() });
  const left = [...chosen];
  await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      for (let one = left.shift(); one; one = left.shift()) outcomes.set(one, await bothBuild(one, red, bare, worker));
    }),
  );
}, 600_000);
afterAll(async () => {
  const same = [...outcomes.values()].filter(({ stock, own }) => isDeepStrictEqual(stock, own)).length;
  console.log(`${same} of ${chosen.length} Dockerfiles the same`);
  await berth?.stop();
  await fleet?.down();
  await rm(folder, { recursive: true, force: true });
});

async function bothBuild(one: CorpusCase, red: Tenant, bare: FleetHost, worker: number) {
  const at = join(folder, `${one.file} ${one.name}`.replace(/\W+/g, '-'));
  await contextWrite(one, at);
  const config = join(red.certsDir, 'config');
  const stock = (args: string[], input = '') => dockerRun(args, { ...bare.dockerHostEnv, DOCKER_CONFIG: config }, { input });
  const own = (args: string[], input = '') => red.docker(args, { input });
  const saved = (name: string) => savedBySocket(bare.socket, name);
  const ownSaved = async (name: string) => (await red.call('GET', `/images/${name}/get`)).body;
  return { stock: await build(stock, saved, one, at, worker), own: await build(own, ownSaved, one, at, worker) };
}

async function build(
  docker: (args: string[], input?: string) => Promise<CommandResult>,
  saved: (name: string) => Promise<Buffer>,
  one: CorpusCase,
  at: string,
  worker: number,
): Promise<Outcome> {
  if (one.before !== undefined) await docker(['build', '--no-cache', '-t', beforeName(one), '-'], one.before);
  const tag = `case-${worker}`;
  const named = one.args?.includes('-t') ? [] : ['-t', tag];
  const { code, stdout, stderr } = await docker(['build', '--no-cache', ...named, ...(one.args ?? []), at]);
  const archive = code === 0 ? await saved(tag) : null;
  // What is no archive says why.
  if (archive?.[0] === 0x7b) return { code, said: [`saved: ${archive}`], image: null };
  const image = archive && (await imageFlat(archive));
  return { code, said: [...plain(stdout), ...plain(stderr)], image };
}

/** Ids are not the same; everything else is. */
function plain(text: string): string[] {
  return text
    .replace(/\b[0-9a-f]{12}\b/g, '<id>')
    .split(/[\r\n]+/)
    .filter((line) => !/^\s*$|Sending build context|DEPRECATED|BuildKit is currently|environment-variable/.test(line));
}

function savedBySocket(socketPath: string, name: string): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  request({ socketPath, path: `/images/${name}/get`, agent: false }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.once('end', () => resolve(Buffer.concat(chunks))).once('error', reject);
  })
    .once('error', reject)
    .end();
  return promise;
}

for (const file of new Set(chosen.map((one) => one.file))) {
  describe(`the corpus: ${file}`, () => {
    for (const one of chosen.filter((other) => other.file === file)) {
      it(one.name, () => {
        const found = outcomes.get(one);
        expect(found?.own).toEqual(found?.stock);
      });
    }
  });
}
