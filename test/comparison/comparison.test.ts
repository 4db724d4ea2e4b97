import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptDifferences } from '../../src/docker-api/divergence-script.ts';
import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, fleetUp } from '../fleet/fleet.ts';
import { registryRange, registryUp } from '../fleet/registry.ts';
import { type Berth, berthUp, type CommandResult, dockerRun, type Tenant } from '../harness.ts';
import { normalise } from './normalise.ts';
import { script } from './script.ts';
import { type Side, sideMake } from './side.ts';

let fleet: Fleet;
let berth: Berth;
let folder: string;
let sides: { bare: Side; berth: Side };

/** htpasswd -B of the password that the script uses. */
const htpasswd = 'red:$2b$05$abcdefghijklmnopqrstuutA3DUcgy9GI/yUf.tJvuxnkk8LLss5C\n';
const files: Record<string, string> = {
  'words.txt': 'first line\nsecond line\n',
  'variables.txt': 'FIRST=1\n# none\nSECOND=two words\n',
  'context/Dockerfile': [
    'FROM busybox AS first',
    'ARG WORD=unset',
    'ENV WORD=$WORD',
    'FROM busybox',
    'LABEL own=yes',
    'WORKDIR /work',
    'COPY words.txt copied/',
    'COPY --from=first /etc/passwd .',
    'RUN ls > listed',
    'USER 1000',
    'CMD ["cat", "listed"]',
  ].join('\n'),
  'context/words.txt': 'of the context\n',
};

const listed = new Set(scriptDifferences.flatMap(({ lines }) => lines));
const count = { total: 0, same: 0, listed: 0 };

beforeAll(async () => {
  fleet = await fleetUp({ count: 3, name: 'comparison', insecureRegistries: [registryRange] });
  const [bareHost, ...hosts] = fleet.hosts;
  const registry = await registryUp(fleet, { htpasswd });
  berth = await berthUp({ hosts, tenants: ['red'], registries: [registry.address] });
  folder = await mkdtemp(join(tmpdir(), 'berth-comparison-'));
  const source = join(folder, 'files');
  for (const [name, text] of Object.entries(files)) await fileWrite(join(source, name), text);
  const image = await busyboxImageMake();
  await writeFile(join(source, 'busybox.tar'), image);
  const red = berth.tenants.red as Tenant;
  const { DOCKER_CONFIG: _, ...redEnv } = red.env;
  const env = { REGISTRY: registry.address };
  sides = {
    bare: await sideMake(join(folder, 'bare'), source, { ...bareHost!.dockerHostEnv, ...env, SIDE: 'bare' }),
    berth: await sideMake(join(folder, 'berth'), source, { ...redEnv, ...env, SIDE: 'ours' }),
  };
  // The bare engine has it already.
  await red.docker(['load'], { input: image });
  const { stdout } = await dockerRun(['version', '--format', '{{.Client.Version}}'], {});
  console.log(`docker ${stdout.trim() || (await dockerRun(['--version'], {})).stdout.trim()}`);
});
afterAll(async () => {
  console.log(`comparison: ${count.same} of ${count.total} commands the same, ${count.listed} differ as docs/divergence.md says`);
  await berth?.stop();
  await fleet?.down();
  if (folder) await rm(folder, { recursive: true });
});

describe.each(script)('$name', ({ lines }) => {
  it.each(lines)('%s', async (line) => {
    count.total++;
    const bare = shown(await sides.bare.run(line));
    const ours = shown(await sides.berth.run(line));
    if (listed.has(line)) {
      expect(ours, 'no longer differs: take it off the list in src/docker-api/divergence-script.ts').not.toBe(bare);
      count.listed++;
    } else {
      expect(ours).toBe(bare);
      count.same++;
    }
  });
});

describe('the list of differences', () => {
  it('names lines of the script only', () => {
    const known = new Set(script.flatMap(({ lines }) => lines));
    expect([...listed].filter((line) => !known.has(line))).toEqual([]);
  });
});

async function fileWrite(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

function shown({ code, stdout, stderr }: CommandResult): string {
  return normalise(`exit code ${code}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`);
}
