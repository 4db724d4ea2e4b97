/**
 * What a credential is good for. read: lists, inspects, logs. run: containers, images, networks and volumes. exec: into a container,
 * its processes and files. deploy: deployments. admin: credentials, and for operators tenants and hosts. None implies another.
 */
export const scopes = ['read', 'run', 'exec', 'deploy', 'admin'] as const;

export type Scope = (typeof scopes)[number];

/** What a call takes; `any`: a valid credential, whatever it is good for. */
export type ScopeNeeded = Scope | 'any';

/** How far a credential reaches. */
export interface Grants {
  scopes: Scope[];
  /** Names of the only deployments that `deploy` is about; null: all of them. */
  deployments: string[] | null;
  /** Networks (`10.0.0.0/8`) that it is taken from; null: from anywhere. */
  addresses: string[] | null;
}
