import type { Constraint, Placement } from '../domain/deployment-spec.ts';
import { type Fields, printable } from './fields.ts';

/** Where containers of a deployment or a job may run. The caller ends the fields: a deployment has one more. */
export function placementRead(fields: Fields): Placement {
  return {
    constraints: fields.strings('constraints', { maxEntries: 32, maxLength: 512 }).map((text) => constraintRead(fields, text)),
    spread: fields.strings('spread', { maxEntries: 8, maxLength: 256 }).map((label) => {
      if (hostLabel.test(label)) return label;
      throw fields.malformed('spread', `takes host.labels.KEY and host.arch, not ${printable(label)}`);
    }),
  };
}

const hostLabel = /^host\.(?:arch|labels\.[\w./-]{1,128})$/;

function constraintRead(fields: Fields, text: string): Constraint {
  const [, label = '', operator = '', value = ''] = /^\s*([^\s=!]+)\s*(==|!=)\s*(.*?)\s*$/.exec(text) ?? [];
  if (operator === '') throw fields.malformed('constraints', `has one that is not LABEL==VALUE or LABEL!=VALUE: ${printable(text)}`);
  if (!hostLabel.test(label))
    throw fields.refused('constraints', `${printable(label)} is not known of a host; host.labels.KEY and host.arch are`);
  return { label, operator: operator as Constraint['operator'], value };
}
