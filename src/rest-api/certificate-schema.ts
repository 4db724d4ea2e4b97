import { z } from '@hono/zod-openapi';
import type { CertificateRow } from '../db/store/credential.ts';
import { CredentialName, Id, Time, timeText, timeTextOrNull } from './fields.ts';
import { GrantsShown, grantsView } from './grants-schema.ts';

export const Certificate = z
  .object({
    id: Id,
    name: CredentialName,
    serial: z.string().openapi({ description: 'Hex.' }),
    createdAt: Time,
    expiresAt: Time,
    revokedAt: Time.nullable(),
    ...GrantsShown.shape,
  })
  .openapi('Certificate');

export function certificateView(row: CertificateRow): z.infer<typeof Certificate> {
  return {
    ...{ id: row.id, name: row.name, serial: row.serial },
    createdAt: timeText(row.createdAt),
    expiresAt: timeText(row.expiresAt),
    revokedAt: timeTextOrNull(row.revokedAt),
    ...grantsView(row),
  };
}
