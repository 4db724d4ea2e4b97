import { labelPrefix } from '../domain/labels.ts';
import { containerLimits } from '../domain/limits.ts';
import { nameFold } from './field-table.ts';
import type { Fields } from './fields.ts';

/** Whether a tenant's name would read as one of ours, in whatever spelling. */
function isOwnLabel(name: string): boolean {
  return nameFold(name).startsWith(labelPrefix);
}

/** A tenant's labels, without those that only Berth may set. */
export function labelsRead(fields: Fields, name: string): Record<string, string> {
  const entries = fields.stringMap(name, { maxTotal: containerLimits.labelsTotal, maxLength: containerLimits.labelsTotal });
  return Object.fromEntries(entries.filter(([key]) => !isOwnLabel(key)));
}
