import type { Filter, HostSnapshot, PlacementRequest } from '../types.ts';

/** `host.labels.zone==a`, `host.arch!=arm64`: what a deployment asks of its hosts. */
export const constraintsFilter: Filter = (host, request) => {
  const unmet = request.constraints?.find(({ label, operator, value }) => (hostFact(host, label) === value) !== (operator === '=='));
  return unmet ? `not meeting the constraint ${unmet.label}${unmet.operator}${unmet.value}` : null;
};

/** Whether a host would do, at any time: what it is, not how it is now. */
export function constraintsMet(host: HostFacts, constraints: NonNullable<PlacementRequest['constraints']>): boolean {
  return constraints.every(({ label, operator, value }) => (hostFact(host, label) === value) === (operator === '=='));
}

type HostFacts = Pick<HostSnapshot, 'labels' | 'architecture'>;

/** The value a constraint or a spread looks at; '' where a host has none. */
export function hostFact(host: HostFacts, label: string): string {
  if (label === 'host.arch') return host.architecture;
  return label.startsWith('host.labels.') ? (host.labels[label.slice('host.labels.'.length)] ?? '') : '';
}
