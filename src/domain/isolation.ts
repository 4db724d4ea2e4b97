import { BerthError } from './errors.ts';

/** How strongly a container is walled off, from the weakest to the strongest. */
export const isolationClasses = ['shared', 'sandboxed', 'dedicated'] as const;
export type Isolation = (typeof isolationClasses)[number];

/** What a tenant's containers get when they ask for nothing, and the least that they may ask for. */
export interface IsolationRule {
  default: Isolation;
  floor: Isolation;
}

const strength = (isolation: Isolation) => isolationClasses.indexOf(isolation);

/** The class of a container that asks for `asked`. Throws `refused`, naming the floor, for one below it. */
export function isolationChoose(asked: Isolation | 'default', rule: IsolationRule): Isolation {
  if (asked === 'default') return strength(rule.default) < strength(rule.floor) ? rule.floor : rule.default;
  if (strength(asked) < strength(rule.floor)) {
    throw new BerthError(
      'refused',
      `HostConfig.Isolation: ${asked} is weaker than ${rule.floor}, the least this tenant's containers may have. Ask for ${rule.floor}, or leave --isolation out.`,
    );
  }
  return asked;
}
