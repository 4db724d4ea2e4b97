import type { TenantScope } from '../db/scope.ts';
import { bytesLimited } from '../images/bytes-limited.ts';
import { RegistryClient } from '../images/registry-client.ts';
import { registryBlobRead, registryGuard } from '../images/registry-image.ts';
import { manifestLimit, manifestRead } from '../images/registry-manifest.ts';
import { imageReferenceParse } from '../policy/image-reference.ts';
import { registryAddressRefuse } from '../policy/registry-address.ts';
import type { App } from './context.ts';
import { registryCredentialFor } from './registry-credential.ts';

export interface Distribution {
  Descriptor: { mediaType: string; digest: string; size: number };
  Platforms: { architecture: string; os: string; variant?: string }[];
}

const deadlineMs = 60_000;

/** What a registry has under a name, without pulling it: `docker manifest` and Swarm ask for it. Throws as a pull does. */
export async function imageDistribution(
  app: App,
  scope: TenantScope,
  text: string,
  registryAuth: string | null,
  signal: AbortSignal,
): Promise<Distribution> {
  const reference = imageReferenceParse(text);
  registryAddressRefuse(reference.registry, app.registriesAllowed);
  const client = new RegistryClient({
    ...{ fetch: app.registryFetch, sha256: app.archiveTools.sha256, registry: reference.registry },
    credential: await registryCredentialFor(app, scope, reference.registry, registryAuth),
    signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
  });
  const { bytes, digest } = await registryGuard(reference, () =>
    client.manifest(reference.repository, reference.digest ?? reference.tag ?? 'latest'),
  );
  const read = manifestRead(bytes);
  const isIndex = 'index' in read;
  const platforms = isIndex
    ? read.index
    : [platformOf(await bytesLimited(registryBlobRead(client, reference, read.image.config), manifestLimit))];
  return {
    Descriptor: { mediaType: mediaTypeOf(bytes, isIndex), digest, size: bytes.length },
    Platforms: platforms
      .filter(({ os }) => os !== '')
      .map(({ architecture, os, variant }) => ({ architecture, os, ...(variant !== '' && { variant }) })),
  };
}

/** OCI's form need not say what it is. */
function mediaTypeOf(bytes: Uint8Array, isIndex: boolean): string {
  const { mediaType } = JSON.parse(new TextDecoder().decode(bytes)) as { mediaType?: unknown };
  if (typeof mediaType === 'string' && /^application\/vnd\.[a-z0-9.+-]{1,100}$/.test(mediaType)) return mediaType;
  return isIndex ? 'application/vnd.oci.image.index.v1+json' : 'application/vnd.oci.image.manifest.v1+json';
}

function platformOf(config: Uint8Array): { architecture: string; os: string; variant: string } {
  const document = JSON.parse(new TextDecoder().decode(config)) as Record<string, unknown> | null;
  const text = (name: string) => (typeof document?.[name] === 'string' ? (document[name] as string) : '');
  return { architecture: text('architecture'), os: text('os'), variant: text('variant') };
}
