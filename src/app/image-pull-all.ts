import type { TenantScope } from '../db/scope.ts';
import { BerthError } from '../domain/errors.ts';
import type { ProgressLine } from '../images/progress.ts';
import { RegistryClient } from '../images/registry-client.ts';
import { registryGuard } from '../images/registry-image.ts';
import { imageReferenceParse } from '../policy/image-reference.ts';
import { registryAddressRefuse } from '../policy/registry-address.ts';
import type { App } from './context.ts';
import { imagePullBegin, imagePullEnd, type PullBegun, type PullRequest } from './image-pull.ts';
import { registryCredentialFor } from './registry-credential.ts';

const listDeadlineMs = 60_000;

/**
 * Pulls every tag of a repository, one after another in the registry's order, and ends at the first that fails: what was pulled until then
 * stays. Throws as `imagePull` does. Source: moby, distribution/pull_v2.go pullV2Repository.
 */
export async function imagePullAll(
  app: App,
  scope: TenantScope,
  request: Omit<PullRequest, 'tag'>,
  signal: AbortSignal,
): Promise<AsyncIterable<ProgressLine>> {
  const reference = imageReferenceParse(request.image);
  registryAddressRefuse(reference.registry, app.registriesAllowed);
  const client = new RegistryClient({
    ...{ fetch: app.registryFetch, sha256: app.archiveTools.sha256, registry: reference.registry },
    credential: await registryCredentialFor(app, scope, reference.registry, request.registryAuth),
    signal: AbortSignal.any([signal, AbortSignal.timeout(listDeadlineMs)]),
  });
  const tags = await registryGuard(reference, () => client.tags(reference.repository));
  if (tags.length === 0) throw new BerthError('not_found', `no tags of repository ${reference.familiar()} are in its registry`);
  return (async function* () {
    let last: PullBegun | undefined;
    let newer = false;
    for (const tag of tags) {
      last = await imagePullBegin(app, scope, { ...request, tag }, signal);
      newer ||= last.newer;
      yield* last.lines;
    }
    if (last) yield await imagePullEnd(app, scope, reference.familiar(), { ...last, newer });
  })();
}
