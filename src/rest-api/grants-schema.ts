import { z } from '@hono/zod-openapi';
import type { Principal } from '../auth/principal.ts';
import { type Grants, scopes } from '../domain/scopes.ts';
import { addressRangeRead } from '../policy/address-range.ts';
import { Time, timeTextOrNull } from './fields.ts';

const Scope = z.enum(scopes).openapi({
  description:
    'read: lists, inspects, logs. run: containers, images, networks, volumes. exec: into a container, its processes and files. deploy: deployments. admin: credentials, and for operators tenants and hosts. None implies another.',
});
const DeploymentName = z.string().min(1).max(63);
const AddressRange = z
  .string()
  .max(50)
  .refine((text) => addressRangeRead(text) !== null, 'must be an address or a network, as 10.0.0.0/8 or 2001:db8::/32')
  .openapi({ example: '10.0.0.0/8' });
const description = {
  deployments: 'Names of the only deployments that `deploy` is about. It changes those; it makes no others, and no stack.',
  addresses: 'Where it is taken from; anywhere else it is as good as none.',
};

/** What a new credential is asked to be good for. */
export const GrantsNew = z.object({
  scopes: z.array(Scope).min(1).max(scopes.length).optional().openapi({ description: 'Absent: all that the caller has.' }),
  deployments: z.array(DeploymentName).min(1).max(100).optional().openapi({ description: description.deployments }),
  addresses: z.array(AddressRange).min(1).max(100).optional().openapi({ description: description.addresses }),
});

export const GrantsShown = z.object({
  scopes: z.array(Scope),
  deployments: z
    .array(DeploymentName)
    .nullable()
    .openapi({ description: `${description.deployments} null: all.` }),
  addresses: z
    .array(z.string())
    .nullable()
    .openapi({ description: `${description.addresses} null: from anywhere.` }),
  lastUsedAt: Time.nullable().openapi({ description: 'To the minute.' }),
});

/** What is left out is as the maker has it: nobody who is limited makes something unlimited by saying nothing. */
export function grantsAsk({ scopes: asked, deployments, addresses }: z.infer<typeof GrantsNew>, { grants }: Principal): Grants {
  return {
    scopes: asked ? [...new Set(asked)] : grants.scopes,
    deployments: deployments ?? grants.deployments,
    addresses: addresses ? addresses.map((text) => addressRangeRead(text) ?? text) : grants.addresses,
  };
}

export function grantsView(row: Grants & { lastUsedAt: Date | null }): z.infer<typeof GrantsShown> {
  const { scopes: held, deployments, addresses, lastUsedAt } = row;
  return { scopes: held, deployments, addresses, lastUsedAt: timeTextOrNull(lastUsedAt) };
}
