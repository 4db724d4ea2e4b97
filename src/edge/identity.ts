/** One edge for each database on a machine; the URL holds a password, so others do not know the seat. */
export function edgeSecret(databaseUrl: string): string {
  return `edge ${databaseUrl}`;
}

/** Edges of equal identity serve alike. */
export function edgeIdentity(version: string, bind: string): string {
  return `${version} ${bind}`;
}
