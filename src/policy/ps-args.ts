import { BerthError } from '../domain/errors.ts';

/** Whole words that choose what ps shows; the engine gives them to the `ps` of its host, so nothing else passes. */
const styles = new Set(['-ef', '-e', '-f', '-eF', '-ely', 'aux', '-aux', 'auxww', 'ax', 'axu', 'faux', '-eo', '-o', '-axo', 'axo']);
const columns = new Set([
  ...[
    'pid',
    'ppid',
    'pgid',
    'sid',
    'uid',
    'user',
    'gid',
    'group',
    'tty',
    'tt',
    'stat',
    'state',
    's',
    'cmd',
    'args',
    'comm',
    'command',
    'ucmd',
  ],
  ...[
    'pcpu',
    '%cpu',
    'c',
    'pmem',
    '%mem',
    'rss',
    'vsz',
    'sz',
    'nice',
    'ni',
    'pri',
    'psr',
    'nlwp',
    'time',
    'etime',
    'etimes',
    'start',
    'stime',
    'lstart',
  ],
]);

/** The `ps_args` of `docker top`. Throws `refused` for any that is not on the list. */
export function psArgsRead(text: string): string {
  const words = text.split(' ').filter((word) => word !== '');
  const known = (word: string) => styles.has(word) || word.split(',').every((column) => columns.has(column));
  if (words.every(known)) return words.join(' ');
  throw new BerthError(
    'refused',
    'ps_args: only the usual ps options are allowed, such as -ef, aux, or -eo with columns like pid,user,args.',
  );
}
