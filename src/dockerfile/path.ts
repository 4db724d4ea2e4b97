/** Go's path.Clean: without empty, `.` and `..` parts as far as the text alone tells. '' becomes `.`. */
export function pathClean(path: string): string {
  const absolute = path.startsWith('/');
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!absolute) kept.push('..');
  }
  return (absolute ? '/' : '') + kept.join('/') || '.';
}

export function pathJoin(...parts: string[]): string {
  const joined = parts.filter((part) => part !== '').join('/');
  return joined === '' ? '' : pathClean(joined);
}

/** Its last part: filepath.Base. */
export function pathBase(path: string): string {
  if (path === '') return '.';
  const trimmed = path.replace(/\/+$/, '');
  return trimmed === '' ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

/** All but its last part: filepath.Dir. */
export function pathParent(path: string): string {
  return pathClean(path.slice(0, path.lastIndexOf('/') + 1));
}
