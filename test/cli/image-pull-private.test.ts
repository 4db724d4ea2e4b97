import { createHash } from 'node:crypto';
import { gunzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fleet, fleetUp } from '../fleet/fleet.ts';
import { type Registry, registryRange, registryUp } from '../fleet/registry.ts';
import { type Client, type Stage, stageOn } from './stage.ts';

const password = 'sesame-of-red';
/** bcrypt of it, as htpasswd -B writes it. */
const htpasswd = 'red:$2b$05$abcdefghijklmnopqrstuutA3DUcgy9GI/yUf.tJvuxnkk8LLss5C\n';
const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
};

interface Described {
  mediaType: string;
  digest: string;
  size: number;
}

let fleet: Fleet;
let stage: Stage;
let registry: Registry;
let red: Client;
let blue: Client;
const named = (name: string) => `${registry.address}/${name}`;
const machine = process.arch === 'arm64' ? 'arm64' : 'amd64';

beforeAll(async () => {
  fleet = await fleetUp({ count: 1, name: 'cli-private', insecureRegistries: [registryRange] });
  registry = await registryUp(fleet, { htpasswd });
  stage = await stageOn(fleet, { registries: [registry.address] });
  ({ red, blue } = stage);
  await red.pipe(password, 'login', '-u', 'red', '--password-stdin', registry.address);
  const env = fleet.hosts[0]?.dockerHostEnv ?? {};
  for (const args of [
    // An image of its own: both tenants have busybox already.
    ['create', '--name', 'maker', 'busybox'],
    ['commit', '-a', 'red', 'maker', named('red/tool:1')],
    ['rm', 'maker'],
    ['push', '-q', named('red/tool:1')],
    ['rmi', named('red/tool:1')],
  ]) {
    expect((await red.docker(args, { env })).stderr).toBe('');
  }
});
afterAll(async () => {
  await stage?.down();
  await fleet?.down();
});

/** What no docker command of this age makes: put there piece by piece. */
async function ask(method: string, path: string, body?: Uint8Array | string, type = 'application/octet-stream'): Promise<Response> {
  const url = path.startsWith('http') ? path : `http://${named('').replace(/\/$/, '')}/v2/red/tool/${path}`;
  const headers = {
    authorization: `Basic ${btoa(`red:${password}`)}`,
    'content-type': type,
    accept: `${types.manifest}, application/vnd.docker.distribution.manifest.v2+json`,
  };
  const response = await fetch(url, { method, headers, body: body as BodyInit });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response;
}
const digestOf = (bytes: Uint8Array | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
async function blobPut(bytes: Uint8Array, mediaType: string): Promise<Described> {
  const upload = (await ask('POST', 'blobs/uploads/')).headers.get('location') ?? '';
  await ask('PUT', `${upload}&digest=${encodeURIComponent(digestOf(bytes))}`, bytes);
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}
async function manifestPut(document: object, mediaType: string, tag?: string): Promise<Described> {
  const text = JSON.stringify({ schemaVersion: 2, mediaType, ...document });
  await ask('PUT', `manifests/${tag ?? digestOf(text)}`, text, mediaType);
  return { mediaType, digest: digestOf(text), size: text.length };
}
const blobGet = async ({ digest }: Described) => new Uint8Array(await (await ask('GET', `blobs/${digest}`)).arrayBuffer());
const toolManifest = async () => (await (await ask('GET', 'manifests/1')).json()) as { config: Described; layers: [Described] };

describe('a build from a private image', () => {
  it('pulls it for who is logged in, and for nobody else', async () => {
    const dockerfile = `FROM ${named('red/tool:1')}\nRUN echo built > /built\nCMD ["cat", "/built"]\n`;
    await red.pipe(dockerfile, 'build', '-t', 'from-private', '-');
    expect(await red.out('run', '--rm', 'from-private')).toBe('built');
    const refused = await blue.docker(['build', '-'], { input: dockerfile });
    expect(refused.code).not.toBe(0);
    await red.out('rmi', 'from-private', named('red/tool:1'));
  });
});

describe('an image of several platforms', () => {
  it('comes as the one that the host runs, and by the digest of all', async () => {
    const { config, layers } = await toolManifest();
    const foreign = { ...JSON.parse(Buffer.from(await blobGet(config)).toString()), architecture: 's390x' };
    const foreignConfig = await blobPut(Buffer.from(JSON.stringify(foreign)), config.mediaType);
    const manifests = [
      { ...(await manifestPut({ config: foreignConfig, layers }, types.manifest)), platform: { os: 'linux', architecture: 's390x' } },
      { ...(await manifestPut({ config, layers }, types.manifest)), platform: { os: 'linux', architecture: machine } },
    ];
    const index = await manifestPut({ manifests }, types.index, 'several');
    await manifestPut({ manifests: manifests.slice(0, 1) }, types.index, 'foreign');
    const said = await red.out('pull', named('red/tool:several'));
    expect(said).toContain(`Digest: ${index.digest}`);
    expect(await red.out('image', 'inspect', '--format', '{{.Id}} {{.Architecture}}', named('red/tool:several'))).toBe(
      `${config.digest} ${machine}`,
    );
    expect(await red.out('run', '--rm', `${named('red/tool')}@${index.digest}`, 'echo', 'by its index')).toBe('by its index');
  });

  it('says so when the host’s is not among them', async () => {
    expect(await red.fails('pull', named('red/tool:foreign'))).toContain(
      `no matching manifest for linux/${machine} in the manifest list entries`,
    );
  });
});

describe('an image with a layer in zstd', () => {
  it('runs on an engine that cannot read it', async () => {
    const { config, layers } = await toolManifest();
    const content = gunzipSync(await blobGet(layers[0]));
    // A config of its own, so that the image is not there already.
    const own = { ...JSON.parse(Buffer.from(await blobGet(config)).toString()), author: 'zstd' };
    const parts = {
      config: await blobPut(Buffer.from(JSON.stringify(own)), config.mediaType),
      layers: [await blobPut(zstdCompressSync(content), types.zstd)],
    };
    await manifestPut(parts, types.manifest, 'zstd');
    expect(await red.out('run', '--rm', named('red/tool:zstd'), 'echo', 'read')).toBe('read');
  });
});

describe('a second pull', () => {
  it('downloads nothing and says that the image is up to date', async () => {
    const id = (await toolManifest()).config.digest;
    await red.docker(['rmi', '-f', id]);
    const first = await red.out('pull', named('red/tool:1'));
    expect(first).toContain(`Status: Downloaded newer image for ${named('red/tool:1')}`);
    expect(first).toContain('Pull complete');
    const again = await red.out('pull', named('red/tool:1'));
    expect(again).toContain(`Status: Image is up to date for ${named('red/tool:1')}`);
    expect(again).not.toContain('Pull complete');
  });
});

describe('security', () => {
  it('a login with a wrong password fails, and says why', async () => {
    const { code, stderr } = await blue.docker(['login', '-u', 'red', '--password-stdin', registry.address], { input: 'guessed' });
    expect([code, stderr]).toEqual([1, expect.stringContaining('unauthorized: incorrect username or password')]);
  });

  it('a tenant without the credential gets nothing, though the image is on the host', async () => {
    await red.out('run', '--rm', named('red/tool:1'), 'true');
    const id = await red.out('image', 'inspect', '--format', '{{.Id}}', named('red/tool:1'));
    const [digest = ''] = JSON.parse(await red.out('image', 'inspect', '--format', '{{json .RepoDigests}}', named('red/tool:1')));
    expect(await blue.fails('pull', named('red/tool:1'))).toContain(
      `pull access denied for ${named('red/tool')}, repository does not exist or may require 'docker login'`,
    );
    expect(await blue.fails('pull', digest)).toContain('pull access denied');
    for (const name of [named('red/tool:1'), id, digest]) expect(await blue.fails('run', '--rm', name, 'true')).toMatch(/^125: /);
    expect(await blue.out('images', '-q', '--no-trunc', named('red/tool'))).toBe('');
  });

  it('the password is in no log', () => {
    expect(JSON.stringify(stage.berth.log)).not.toContain(password);
  });
});
