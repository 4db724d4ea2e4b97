import type { EndpointSpec } from '../domain/container-spec.ts';
import { BerthError } from '../domain/errors.ts';
import { endpointRows } from './container-create.table.ts';
import { endpointRead } from './container-networks.ts';
import { type FieldRow, fieldTable } from './field-table.ts';
import { Fields, printable } from './fields.ts';
import type { JsonValue } from './json.ts';
import { labelsRead } from './labels.ts';
import { containerReferenceRead, networkNameRead } from './names.ts';

/** A network that a tenant wants. Driver, subnet and options are the platform's. */
export interface NetworkSpec {
  name: string;
  /** No way out of it. */
  internal: boolean;
  labels: Record<string, string>;
}

const ownSubnets = 'Berth gives every network a subnet of its own';

export const networkCreateRows: readonly FieldRow[] = [
  { path: 'Name', verdict: 'served', why: "Docker's rule for names; bridge, host, none and default are taken" },
  { path: 'CheckDuplicate', verdict: 'ours', why: 'a name is always checked' },
  { path: 'Driver', verdict: 'capped', why: 'bridge' },
  { path: 'Scope', verdict: 'capped', why: 'local' },
  { path: 'EnableIPv4', verdict: 'ours', why: 'always on' },
  { path: 'EnableIPv6', verdict: 'refused', why: 'networks are IPv4 only' },
  { path: 'IPAM', verdict: 'capped', why: 'read field by field' },
  { path: 'IPAM.Driver', verdict: 'capped', why: 'default' },
  { path: 'IPAM.Options', verdict: 'refused', why: ownSubnets },
  { path: 'IPAM.Config', verdict: 'capped', why: 'read field by field' },
  { path: 'IPAM.Config[].Subnet', verdict: 'refused', why: ownSubnets },
  { path: 'IPAM.Config[].IPRange', verdict: 'refused', why: ownSubnets },
  { path: 'IPAM.Config[].Gateway', verdict: 'refused', why: ownSubnets },
  { path: 'IPAM.Config[].AuxiliaryAddresses', verdict: 'refused', why: ownSubnets },
  { path: 'Internal', verdict: 'served', why: 'as asked' },
  {
    path: 'Attachable',
    verdict: 'ours',
    why: 'of a swarm network it says whether containers may join, and any network here may be joined',
  },
  { path: 'Ingress', verdict: 'refused', why: 'it belongs to swarm networks, which are not served' },
  { path: 'ConfigOnly', verdict: 'refused', why: 'it belongs to swarm networks, which are not served' },
  { path: 'ConfigFrom', verdict: 'capped', why: 'read field by field' },
  { path: 'ConfigFrom.Network', verdict: 'refused', why: 'it belongs to swarm networks, which are not served' },
  { path: 'Options', verdict: 'refused', why: 'the options of a network driver reach the host' },
  { path: 'Labels', verdict: 'capped', why: 'at most 256 KiB in all; io.berth.* are dropped' },
];

const networkCreateTable = fieldTable(networkCreateRows);

/** Throws `malformed` or `refused` and names the field. */
export function networkCreateRead(body: JsonValue): NetworkSpec {
  const fields = Fields.ofBody(body, networkCreateTable);
  const name = networkNameRead(fields.string('Name'));
  if (['bridge', 'host', 'none', 'default'].includes(name)) {
    throw new BerthError('refused', `operation is not permitted on predefined ${name} network`);
  }
  driverCheck(fields);
  oneOf(fields, 'Scope', ['', 'local']);
  const ipam = fields.object('IPAM');
  oneOf(ipam, 'Driver', ['', 'default']);
  for (const config of ipam.objects('Config', { maxEntries: 16 })) config.end();
  ipam.end();
  fields.object('ConfigFrom').end();
  const spec = { name, internal: fields.boolean('Internal'), labels: labelsRead(fields, 'Labels') };
  fields.end();
  return spec;
}

export const networkConnectRows: readonly FieldRow[] = [
  { path: 'Container', verdict: 'served', why: "the tenant's own" },
  { path: 'EndpointConfig', verdict: 'capped', why: 'read field by field' },
  ...endpointRows('EndpointConfig'),
];

const networkConnectTable = fieldTable(networkConnectRows);

/** `network` of the endpoint is '': the network is the one in the path. */
export function networkConnectRead(body: JsonValue): { container: string; endpoint: EndpointSpec } {
  const fields = Fields.ofBody(body, networkConnectTable);
  const container = containerReferenceRead(fields.string('Container'));
  const endpoint = endpointRead('', fields.object('EndpointConfig'));
  fields.end();
  return { container, endpoint };
}

export const networkDisconnectRows: readonly FieldRow[] = [
  { path: 'Container', verdict: 'served', why: "the tenant's own" },
  { path: 'Force', verdict: 'served', why: 'as asked' },
];

const networkDisconnectTable = fieldTable(networkDisconnectRows);

export function networkDisconnectRead(body: JsonValue): { container: string; force: boolean } {
  const fields = Fields.ofBody(body, networkDisconnectTable);
  const disconnect = { container: containerReferenceRead(fields.string('Container')), force: fields.boolean('Force') };
  fields.end();
  return disconnect;
}

/** What Docker brings besides bridge reaches the host or a swarm; any other driver is a plugin, and there are none. */
const otherDrivers = ['host', 'none', 'null', 'overlay', 'macvlan', 'ipvlan', 'default'];

function driverCheck(fields: Fields): void {
  const driver = fields.string('Driver');
  if (driver === '' || driver === 'bridge') return;
  if (otherDrivers.includes(driver)) throw fields.refused('Driver', `${driver} is not served; leave it out`);
  throw new BerthError('not_found', `plugin "${printable(driver)}" not found`);
}

function oneOf(fields: Fields, name: string, served: readonly string[]): void {
  const value = fields.string(name);
  if (!served.includes(value)) throw fields.refused(name, `${printable(value)} is not served; leave it out`);
}
