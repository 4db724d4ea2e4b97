import { z } from '@hono/zod-openapi';
import type { RegistryCredentialRow } from '../db/store/registry.ts';
import { Time, timeText } from './fields.ts';

/** As an image's name begins with it. */
const RegistryName = z
  .string()
  .max(262)
  .regex(/^([a-zA-Z0-9][a-zA-Z0-9.-]*|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?$/, 'must be a host with or without a port, as an image of it begins')
  .openapi({ example: 'registry.example.com:5000', description: '`docker.io` for Docker Hub.' });

export const RegistryParams = z.object({ registry: RegistryName });

export const Registry = z
  .object({
    registry: RegistryName,
    username: z.string().openapi({ description: 'Empty where a token says who it is.' }),
    setAt: Time,
  })
  .openapi('Registry');

export function registryView({ registry, username, setAt }: RegistryCredentialRow): z.infer<typeof Registry> {
  return { registry, username, setAt: timeText(setAt) };
}
