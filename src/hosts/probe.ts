import { labelPrefix } from '../domain/labels.ts';
import { type Engine, EngineError } from '../engine/engine.ts';
import type { EngineContainerInspect } from '../engine/inspect-types.ts';

/** A way that no container may find open. */
export interface Way {
  /** For the operator: `the engine of host-2`. */
  what: string;
  address: string;
  port: number;
}

/** `open`: the ways that were. `works` false: not even what is allowed could be reached, so that nothing is known. */
export interface ProbeFound {
  works: boolean;
  open: Way[];
}

const label = `${labelPrefix}probe`;
/** Two networks in the /24 that no tenant's network gets: see subnetCount in db/store/network.ts. */
const near = { name: 'berth-probe-near', subnet: '100.127.255.0/28', gateway: '100.127.255.1' };
const far = { name: 'berth-probe-far', subnet: '100.127.255.16/28', gateway: '100.127.255.17' };
const port = 7;
const metadataAddresses = ['169.254.169.254', 'fd00:ec2::254'];
const runMs = 30_000;

/** Says so once it listens. */
const listenScript = `(while :; do nc -l -p ${port} -e true; done) & until nc -w 1 127.0.0.1 ${port} -e true; do sleep 1; done 2>/dev/null; echo listening; wait`;
/** Every address at once. A refusal is an answer too: a wall says 'no route' or nothing. */
const tryScript = `way() {
  error=$(nc -w 3 "$1" "$2" -e true 2>&1)
  case "$? $error" in 0*|*refused*) echo "open $1 $2" ;; esac
}
while [ $# -gt 0 ]; do way "$1" "$2" & shift 2; done
wait`;

/**
 * Tries from a container of our own what no container may reach: the metadata service, the host by the gateway of its bridge, a container
 * on another network, a port that it publishes, and `ways`. Needs `image` on the engine, with sh, nc, sleep and true. What an earlier, cut off
 * probe left is removed first. Ends early when `signal` fires. Throws EngineError and EngineUnreachable.
 */
export async function hostProbe(engine: Engine, image: string, ways: Way[], signal: AbortSignal): Promise<ProbeFound> {
  await probeRemove(engine);
  try {
    for (const network of [near, far]) await networkMake(engine, network);
    const friend = await containerRun(engine, image, near.name, [listenScript]);
    // Published on the other bridge's gateway alone, where nobody but our own probe is.
    const stranger = await containerRun(engine, image, far.name, [listenScript], near.gateway);
    const [friendAddress] = await listening(engine, friend, signal);
    const [strangerAddress, publishedPort] = await listening(engine, stranger, signal);
    const allowed: Way = { what: 'a container on its own network', address: friendAddress, port };
    const forbidden: Way[] = [
      ...metadataAddresses.map((address) => ({ what: 'the metadata service', address, port: 80 })),
      { what: 'the host, by the gateway of its bridge', address: near.gateway, port },
      { what: 'a container on another network', address: strangerAddress, port },
      { what: 'a published port of another container', address: near.gateway, port: publishedPort },
      ...ways,
    ];
    const open = await waysTry(engine, image, [allowed, ...forbidden], signal);
    return { works: open.includes(allowed), open: open.filter((way) => way !== allowed) };
  } finally {
    await probeRemove(engine).catch(() => {
      // The next probe begins with it.
    });
  }
}

async function waysTry(engine: Engine, image: string, ways: Way[], signal: AbortSignal): Promise<Way[]> {
  const id = await containerRun(engine, image, near.name, [tryScript, 'probe', ...ways.flatMap((way) => [way.address, String(way.port)])]);
  await engine.json({ method: 'POST', path: `/containers/${id}/wait`, signal, deadlineMs: runMs });
  const lines = new Set((await logRead(engine, id)).split(/\r?\n/));
  return ways.filter(({ address, port: at }) => lines.has(`open ${address} ${at}`));
}

async function networkMake(engine: Engine, { name, subnet, gateway }: typeof near): Promise<void> {
  const ipam = { Driver: 'default', Config: [{ Subnet: subnet, Gateway: gateway }] };
  await engine.json({
    method: 'POST',
    path: '/networks/create',
    json: { Name: name, Driver: 'bridge', CheckDuplicate: true, IPAM: ipam, Labels: { [label]: '' } },
  });
}

/** `command`: a script for sh and its arguments. With `publishOn` its port is published on that address of the host. */
async function containerRun(engine: Engine, image: string, network: string, command: string[], publishOn?: string): Promise<string> {
  const exposed = { [`${port}/tcp`]: {} };
  const { Id: id } = await engine.json<{ Id: string }>({
    method: 'POST',
    path: '/containers/create',
    json: {
      Image: image,
      Entrypoint: ['sh', '-c'],
      Cmd: command,
      Labels: { [label]: '' },
      // One plain stream of output.
      Tty: true,
      ...(publishOn && { ExposedPorts: exposed }),
      HostConfig: {
        NetworkMode: network,
        ...(publishOn && { PortBindings: { [`${port}/tcp`]: [{ HostIp: publishOn, HostPort: '' }] } }),
        CapDrop: ['ALL'],
        // The port it listens on is below 1024.
        CapAdd: ['NET_BIND_SERVICE'],
        ReadonlyRootfs: true,
        Memory: 64 * 2 ** 20,
        PidsLimit: 256,
        LogConfig: { Type: 'json-file' },
      },
    },
  });
  await engine.json({ method: 'POST', path: `/containers/${id}/start` });
  return id;
}

/** Waits until it listens. Its address, and the port of the host by which it is published, 0 for none. */
async function listening(engine: Engine, id: string, signal: AbortSignal): Promise<[address: string, publishedPort: number]> {
  const end = Date.now() + runMs;
  while (!(await logRead(engine, id)).includes('listening')) {
    signal.throwIfAborted();
    if (Date.now() > end) throw new EngineError(500, 'a container of the probe did not start in time');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const { NetworkSettings: settings } = await engine.json<EngineContainerInspect>({ method: 'GET', path: `/containers/${id}/json` });
  const [endpoint] = Object.values(settings.Networks ?? {});
  return [endpoint?.IPAddress ?? '', Number(settings.Ports?.[`${port}/tcp`]?.[0]?.HostPort ?? 0)];
}

async function logRead(engine: Engine, id: string): Promise<string> {
  const { body } = await engine.stream({ method: 'GET', path: `/containers/${id}/logs`, query: { stdout: true, stderr: true } });
  let text = '';
  for await (const chunk of body as AsyncIterable<Uint8Array>) text += new TextDecoder().decode(chunk);
  return text;
}

async function probeRemove(engine: Engine): Promise<void> {
  const filters = JSON.stringify({ label: [label] });
  const containers = await engine.json<{ Id: string }[]>({ method: 'GET', path: '/containers/json', query: { all: true, filters } });
  for (const { Id } of containers) await gone(engine, `/containers/${Id}`, { force: true, v: true });
  const networks = await engine.json<{ Id: string }[]>({ method: 'GET', path: '/networks', query: { filters } });
  for (const { Id } of networks) await gone(engine, `/networks/${Id}`, {});
}

async function gone(engine: Engine, path: string, query: Record<string, boolean>): Promise<void> {
  await engine.json({ method: 'DELETE', path, query }).catch((error) => {
    if (!(error instanceof EngineError && error.status === 404)) throw error;
  });
}
