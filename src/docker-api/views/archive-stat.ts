interface ContainerPathStat {
  name: string;
  size: number;
  mode: number;
  mtime: string;
  linkTarget: string;
}

/** The base64 header that describes a path in a container, written anew from the fields that clients read (moby api/types, ContainerPathStat). */
export function archiveStatHeader(engine: string | string[] | undefined): string {
  const stat = JSON.parse(atobUtf8(String(engine ?? ''))) as ContainerPathStat;
  const { name, size, mode, mtime, linkTarget } = stat;
  return btoaUtf8(JSON.stringify({ name, size, mode, mtime, linkTarget }));
}

function atobUtf8(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
}

function btoaUtf8(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
