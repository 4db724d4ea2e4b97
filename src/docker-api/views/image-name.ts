/**
 * Whether `written`, a reference as people write it, means one of these ids and familiar names: `busybox` is `busybox:latest`,
 * `docker.io/library/` goes without saying, and an id may be cut short and stand without `sha256:`.
 */
export function imageReferenceMeant(written: string, images: readonly string[]): boolean {
  const short = written.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\/(?=[^/]+$)/, '');
  const tagged = /:[^/]*$|@/.test(short) ? short : `${short}:latest`;
  const idPrefix = /^(?:sha256:)?([0-9a-f]{1,64})$/.exec(written)?.[1];
  return images.some((image) => image === tagged || (idPrefix !== undefined && image.startsWith(`sha256:${idPrefix}`)));
}
