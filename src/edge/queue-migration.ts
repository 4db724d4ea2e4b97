import { readFile, writeFile } from 'node:fs/promises';

const setting = '/proc/sys/net/ipv4/tcp_migrate_req';

/**
 * Has the kernel hand the connections that wait at a closing listener to another one on the same port, where it would reset them
 * otherwise: without it a new edge that takes over costs those that come in that instant. Needs root once, or the operator's sysctl.
 * Source: Linux, Documentation/networking/ip-sysctl.rst, tcp_migrate_req (5.14 and later). Answers whether it is so.
 */
export async function queueMigrationEnable(): Promise<boolean> {
  await writeFile(setting, '1').catch(() => {});
  return (await readFile(setting, 'utf8').catch(() => '0')).trim() === '1';
}
