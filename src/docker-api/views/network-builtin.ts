/**
 * The id of every tenant's `none`. It needs no secrecy and no row: nothing can be reached through it.
 * SHA-256 of "berth: the network none".
 */
export const noneNetworkId = '89940440cf3bba6aa2ff0516453593fcef1c1800fee0aa66a646164154f446f1';

/** moby daemon/network IsPredefined, without `host`, which no tenant has. */
export function networkIsBuiltin(name: string): boolean {
  return name === 'bridge' || name === 'none' || name === 'default';
}
