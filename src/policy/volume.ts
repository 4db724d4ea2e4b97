import { BerthError } from '../domain/errors.ts';
import { type FieldRow, fieldTable } from './field-table.ts';
import { Fields, printable } from './fields.ts';
import type { JsonValue } from './json.ts';
import { labelsRead } from './labels.ts';
import { volumeNameRead } from './names.ts';

/** A volume that a tenant wants; name null: Berth makes one up. */
export interface VolumeSpec {
  name: string | null;
  labels: Record<string, string>;
}

export const volumeCreateRows: readonly FieldRow[] = [
  { path: 'Name', verdict: 'served', why: "Docker's rule for names" },
  { path: 'Driver', verdict: 'capped', why: 'local' },
  { path: 'DriverOpts', verdict: 'refused', why: 'the options of a volume driver can name paths and devices of a host' },
  { path: 'ClusterVolumeSpec', verdict: 'refused', why: 'there are no cluster volumes' },
  { path: 'Labels', verdict: 'capped', why: 'at most 256 KiB in all; io.berth.* are dropped' },
];

const volumeCreateTable = fieldTable(volumeCreateRows);

/** Throws `malformed` or `refused` and names the field. */
export function volumeCreateRead(body: JsonValue): VolumeSpec {
  const fields = Fields.ofBody(body, volumeCreateTable);
  const name = fields.string('Name');
  const driver = fields.string('Driver');
  // Another driver is a plugin, and there are none. Source: moby, pkg/plugins.
  if (driver !== '' && driver !== 'local')
    throw new BerthError(
      'not_found',
      `create ${printable(name)}: error looking up volume plugin ${printable(driver)}: plugin "${printable(driver)}" not found`,
    );
  const spec = { name: name === '' ? null : volumeNameRead(name), labels: labelsRead(fields, 'Labels') };
  fields.end();
  return spec;
}
