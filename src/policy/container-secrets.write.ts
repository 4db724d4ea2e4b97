import { labels } from '../domain/labels.ts';
import type { SecretsGiven } from '../domain/secrets-given.ts';
import type { EngineContainerCreate } from './engine-container-create.ts';

/**
 * Adds a container's secrets to the create request, the only place where a variable's value goes; the names are on a label, so that
 * whoever reads the engine's document can take the values out. `volumes`: the engine's name of the volume for each directory of files.
 */
export function containerSecretsWrite(
  body: EngineContainerCreate,
  { env, directories }: SecretsGiven,
  volumes: readonly string[],
): EngineContainerCreate {
  const names = env.map(({ name }) => name);
  const others = body.Env.filter((entry) => !names.includes(entry.split('=', 1)[0] ?? ''));
  return {
    ...body,
    Env: [...others, ...env.map(({ name, value }) => `${name}=${value}`)],
    Labels: { ...body.Labels, ...(names.length > 0 && { [labels.secretEnv]: names.join(',') }) },
    HostConfig: {
      ...body.HostConfig,
      Mounts: [
        ...body.HostConfig.Mounts,
        ...directories.map(({ path }, index) => ({
          Type: 'volume' as const,
          Source: volumes[index] ?? '',
          Target: path,
          ReadOnly: true,
          // What the image has there would be copied into it.
          VolumeOptions: { NoCopy: true, Labels: {} },
        })),
      ],
    },
  };
}
