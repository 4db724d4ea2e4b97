import type { BuildRecord } from '../../app/build-cache.ts';
import { apiVersionAtLeast } from '../../policy/api-version.ts';

/** One step of the build cache as `GET /system/df` has it. Source: moby, api/types BuildCache; `Parents` since API 1.42. */
export function buildRecordView({ id, parentId, description, ...record }: BuildRecord, apiVersion: string): object {
  const { bytes, shared, inUse, createdAt, usedAt, uses } = record;
  const parent = apiVersionAtLeast(apiVersion, '1.42') ? { Parents: [parentId] } : { Parent: parentId };
  return {
    ID: id,
    ...(parentId !== null && parent),
    ...{ Type: 'regular', Description: description, InUse: inUse, Shared: shared, Size: bytes },
    ...{ CreatedAt: createdAt.toISOString(), LastUsedAt: usedAt.toISOString(), UsageCount: uses },
  };
}
