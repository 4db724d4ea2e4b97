import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, fleetUp } from '../fleet/fleet.ts';
import { type Berth, berthUp, type Tenant, wireCall } from '../harness.ts';
import { tenantTarget } from './connection.ts';

export interface Wire {
  fleet: Fleet;
  berth: Berth;
  red: Tenant;
  blue: Tenant;
  down(): Promise<void>;
}

/** A Berth before real engines, with two tenants that both have `busybox`. */
export async function wireUp(name: string, count = 1): Promise<Wire> {
  const fleet = await fleetUp({ name, count });
  const berth = await berthUp({ hosts: fleet.hosts });
  const [red, blue] = [berth.tenants.red, berth.tenants.blue] as [Tenant, Tenant];
  const archive = await busyboxImageMake();
  for (const tenant of [red, blue]) {
    const loaded = await tenant.call('POST', '/v1.47/images/load', { body: archive, headers: { 'Content-Type': 'application/x-tar' } });
    if (loaded.status !== 200)
      throw new Error(`busybox did not load: ${loaded.text} ${JSON.stringify(berth.log.filter((line) => line.level === 'error'))}`);
  }
  return {
    ...{ fleet, berth, red, blue },
    async down() {
      await berth.stop();
      await fleet.down();
    },
  };
}

/** A created container's id. */
export async function containerMake(tenant: Tenant, cmd: string[], fields: Record<string, unknown> = {}, name = ''): Promise<string> {
  const made = await tenant.call('POST', `/v1.47/containers/create${name && `?name=${name}`}`, {
    json: { Image: 'busybox', Cmd: cmd, ...fields },
  });
  if (made.status !== 201) throw new Error(`create: ${made.status} ${made.text}`);
  return made.json.Id;
}

/** A running container's id. */
export async function containerRun(tenant: Tenant, cmd: string[], fields: Record<string, unknown> = {}, name = ''): Promise<string> {
  const id = await containerMake(tenant, cmd, fields, name);
  const started = await tenant.call('POST', `/v1.47/containers/${id}/start`);
  if (started.status !== 204) throw new Error(`start: ${started.status} ${started.text}`);
  return id;
}

export async function execMake(tenant: Tenant, containerId: string, cmd: string[], fields: Record<string, unknown> = {}): Promise<string> {
  const json = { Cmd: cmd, AttachStdin: true, AttachStdout: true, AttachStderr: true, ...fields };
  const made = await tenant.call('POST', `/v1.47/containers/${containerId}/exec`, { json });
  if (made.status !== 201) throw new Error(`exec: ${made.status} ${made.text}`);
  return made.json.Id;
}

/** The same tenant on another server of the installation. */
export async function tenantAt(tenant: Tenant, port: number): Promise<Tenant> {
  const target = { ...(await tenantTarget(tenant)), port };
  const env = { ...tenant.env, DOCKER_HOST: `tcp://localhost:${port}` };
  return { ...tenant, env, call: (method, path, request) => wireCall(target, method, path, request) };
}
