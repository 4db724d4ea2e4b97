/** Rows below their headings, columns as wide as they must be; or all of it as JSON. */
export function listPrint<T>(rows: T[], asJson: boolean, columns: Record<string, (row: T) => string>): void {
  if (asJson) {
    console.log(JSON.stringify(rows, null, 2));
    return;
  }
  const lines = [Object.keys(columns), ...rows.map((row) => Object.values(columns).map((cell) => cell(row)))];
  const widths = Object.keys(columns).map((_heading, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  for (const line of lines)
    console.log(
      line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('   ')
        .trimEnd(),
    );
}

/** `2026-11-25 13:05` in UTC, or a dash. */
export function timeShort(iso: string | null): string {
  return iso === null ? '-' : iso.slice(0, 16).replace('T', ' ');
}

/** What a credential is good for now. */
export function credentialState({ expiresAt, revokedAt }: { expiresAt: string | null; revokedAt: string | null }): string {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && Date.parse(expiresAt) <= Date.now() ? 'expired' : 'valid';
}
