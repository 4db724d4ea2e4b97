import type { TenantScope } from '../db/scope.ts';
import type { ContainerRow } from '../db/store/container.ts';
import type { BuildArgs } from '../dockerfile/build-args.ts';
import type { StageConfig } from '../dockerfile/config-apply.ts';
import type { ImageDraft } from '../images/image-draft.ts';
import type { ProgressLine } from '../images/progress.ts';
import type { BuildRequest } from '../policy/build-request.ts';
import type { BuildContext } from './build-context.ts';
import type { BuildWork } from './build-work.ts';
import type { App } from './context.ts';

export type BuildLines = AsyncGenerator<ProgressLine, void, undefined>;

/** One build, from its first step to its last. */
export interface Build {
  app: App;
  scope: TenantScope;
  request: BuildRequest;
  /** By registry, as `registryCredentialRead` takes them. */
  credentials: ReadonlyMap<string, string>;
  context: BuildContext;
  /** What the Dockerfile escapes with. */
  escapeToken: string;
  /** Fires when the client is gone, and when the build has taken too long. */
  signal: AbortSignal;
  /** The host it works on, from the first step on that needs one. */
  work: BuildWork | null;
  stages: BuildStage[];
  /** Ids of the containers of the step under way, for what is said of them; a row where there is a container. */
  intermediate: { id: string; row: (ContainerRow & { engineId: string }) | null }[];
}

/** A stage under way, or done. */
export interface BuildStage extends StageConfig {
  /** '' without one. */
  name: string;
  args: BuildArgs;
  /** '' for `scratch`, as long as nothing was added to it. */
  imageId: string;
  draft: ImageDraft;
  /** An image that engines have with the same layers as the draft; null: only the image of these layers itself. */
  like: string | null;
  /** Of the layer that the last step made. */
  layerBytes: number;
  /** A step was not in the cache: no later one is looked for. */
  cacheMissed: boolean;
}

/** Docker's way to show an id. */
export function idShort(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}
