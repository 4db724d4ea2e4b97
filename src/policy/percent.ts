/** Decodes percent-encoded UTF-8 once and strictly; null for a broken escape, bad UTF-8 or a NUL. */
export function percentDecode(text: string): string | null {
  if (!text.includes('%')) return text;
  try {
    const decoded = decodeURIComponent(text);
    return decoded.includes('\0') ? null : decoded;
  } catch {
    return null;
  }
}
