import { type Fields, printable } from './fields.ts';

/**
 * An absolute path inside a container, cleaned as an engine cleans it, so that two spellings of one place are one. `..` is
 * refused, and so is everything below /proc: runtimes had holes there (CVE-2019-16884, CVE-2023-27561, CVE-2024-21626).
 * `docker`: what moby says of a path that is not absolute.
 */
export function containerPathRead(fields: Fields, name: string, path: string, docker?: string): string {
  if (!path.startsWith('/')) {
    const what = `must be an absolute path inside the container: ${printable(path)}`;
    throw docker === undefined ? fields.malformed(name, what) : fields.wrong(name, what, docker);
  }
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw fields.refused(name, 'a path with .. is not served');
  if (parts[0] === 'proc') throw fields.refused(name, 'nothing below /proc is served');
  return `/${parts.join('/')}`;
}
