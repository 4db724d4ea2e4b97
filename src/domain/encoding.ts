/** Base64 for URLs and headers, without padding. */
export function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** A random 64-hex id, of the kind Docker gives its objects. */
export function hexIdMint(): string {
  return hex(crypto.getRandomValues(new Uint8Array(32)));
}
