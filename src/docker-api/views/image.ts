import type { EngineImageHistoryItem, EngineImageInspect } from '../../engine/inspect-types.ts';
import { apiChanged } from '../versions.ts';
import { commonConfig } from './container-config.ts';
import { storageDriver } from './container-inspect.ts';
import { timeNever, unixSeconds } from './go-time.ts';
import { ownLabels } from './own-labels.ts';

/** A tenant's image: the same image may have other names for another tenant. */
export interface ImageIdentity {
  /** The config's digest, `sha256:…`, whatever store an engine has. */
  id: string;
  /** Familiar, as Docker shows them: `busybox:latest`. */
  tags: readonly string[];
  /** `busybox@sha256:…` */
  digests: readonly string[];
  /** When the tenant last gave it a tag (RFC 3339); null: never. */
  taggedAt: string | null;
}

export interface ImageListItem {
  Id: string;
  ParentId: '';
  RepoTags: string[];
  RepoDigests: string[];
  /** Unix seconds. */
  Created: number;
  Size: number;
  VirtualSize?: number;
  SharedSize: -1;
  Labels: Record<string, string> | null;
  Containers: -1;
}

/** One line of `GET /images/json`. */
export function imageListItem(engine: EngineImageInspect, own: ImageIdentity, apiVersion: string): ImageListItem {
  const nameless = own.tags.length + own.digests.length === 0 && !apiChanged(apiVersion, 'emptyReferences');
  return {
    Id: own.id,
    ParentId: '',
    RepoTags: nameless ? ['<none>:<none>'] : [...own.tags],
    RepoDigests: nameless ? ['<none>@<none>'] : [...own.digests],
    Created: unixSeconds(engine.Created || timeNever),
    Size: engine.Size,
    ...(!apiChanged(apiVersion, 'virtualSizeOmitted') && { VirtualSize: engine.Size }),
    SharedSize: -1,
    Labels: imageLabels(engine),
    Containers: -1,
  };
}

/** The reply to `GET /images/{name}/json`, field by field. */
export function imageInspectView(engine: EngineImageInspect, own: ImageIdentity, apiVersion: string): object {
  const created = engine.Created || (apiChanged(apiVersion, 'imageCreatedOmitted') ? '' : timeNever);
  return {
    Id: own.id,
    RepoTags: own.tags,
    RepoDigests: own.digests,
    Parent: '',
    Comment: engine.Comment ?? '',
    ...(created && { Created: created }),
    Container: '',
    ContainerConfig: containerConfigView(engine, apiVersion),
    DockerVersion: engine.DockerVersion ?? '',
    Author: engine.Author ?? '',
    Config: commonConfig(engine.Config ?? {}, apiVersion),
    Architecture: engine.Architecture,
    ...(engine.Variant && { Variant: engine.Variant }),
    Os: engine.Os,
    ...(engine.OsVersion && { OsVersion: engine.OsVersion }),
    Size: engine.Size,
    ...(!apiChanged(apiVersion, 'virtualSizeOmitted') && { VirtualSize: engine.Size }),
    GraphDriver: { Data: null, Name: storageDriver },
    RootFS: { Type: engine.RootFS.Type, ...(engine.RootFS.Layers?.length && { Layers: engine.RootFS.Layers }) },
    Metadata: { LastTagTime: own.taggedAt ?? timeNever },
  };
}

/**
 * Engines leave it out from API 1.45 on, and leave it empty for what BuildKit builds. Compose v1 asks for the newest version, fails without it, and
 * gives a container that it makes anew the anonymous volumes which it finds here: so it is in every version, with the image's volumes.
 */
function containerConfigView(engine: EngineImageInspect, apiVersion: string): object {
  return commonConfig({ Volumes: engine.Config?.Volumes }, apiVersion);
}

/**
 * The reply to `GET /images/{name}/history`. `tags`: image id -> familiar tags, of the tenant's images alone; a layer of any
 * other id is `<missing>`, as it is for a pulled image.
 */
export function imageHistoryView(history: readonly EngineImageHistoryItem[], tags: ReadonlyMap<string, readonly string[]>): object[] {
  return history.map(({ Id, Created, CreatedBy, Size, Comment }) => {
    const own = tags.get(Id);
    return { Comment, Created, CreatedBy, Id: own ? Id : '<missing>', Size, Tags: own && own.length > 0 ? own : null };
  });
}

/** An image that was committed from a container may carry that container's labels, ours among them. */
function imageLabels(engine: EngineImageInspect): Record<string, string> | null {
  return engine.Config?.Labels ? ownLabels(engine.Config.Labels) : null;
}
