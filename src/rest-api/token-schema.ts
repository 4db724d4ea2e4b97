import { z } from '@hono/zod-openapi';
import type { TokenAsk } from '../app/token.ts';
import type { Principal } from '../auth/principal.ts';
import type { TokenRow } from '../db/store/credential.ts';
import { CredentialName, Id, Time, timeText, timeTextOrNull } from './fields.ts';
import { GrantsNew, GrantsShown, grantsAsk, grantsView } from './grants-schema.ts';

export const Token = z
  .object({
    id: Id,
    name: CredentialName,
    prefix: z.string().openapi({ description: 'How the token begins, to recognise it by.', example: 'berth_x7Kp2q' }),
    createdAt: Time,
    expiresAt: Time.nullable(),
    revokedAt: Time.nullable(),
    ...GrantsShown.shape,
  })
  .openapi('Token');

export const TokenCreated = Token.extend({ token: z.string() }).openapi('TokenCreated');

export const TokenNew = z.strictObject({
  name: CredentialName,
  expiresAt: z.iso.datetime({ offset: true }).optional().openapi({ description: 'Absent: it holds until it is revoked.' }),
  ...GrantsNew.shape,
});

export function tokenAsk({ name, expiresAt, ...grants }: z.infer<typeof TokenNew>, maker: Principal): TokenAsk {
  return { name, expiresAt: expiresAt === undefined ? null : new Date(expiresAt), ...grantsAsk(grants, maker) };
}

export function tokenView(row: TokenRow): z.infer<typeof Token> {
  return {
    ...{ id: row.id, name: row.name, prefix: row.prefix },
    createdAt: timeText(row.createdAt),
    expiresAt: timeTextOrNull(row.expiresAt),
    revokedAt: timeTextOrNull(row.revokedAt),
    ...grantsView(row),
  };
}
