import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tenantCreate } from '../app/tenant.ts';
import { tokenHash, tokenMint } from '../auth/token.ts';
import { tenantScope } from '../db/scope.ts';
import { certificateInsert, certificateOwner, operatorTokenInsert, tenantTokenInsert, tokenOwner } from '../db/store/credential.ts';
import { hostInsert, hostList, hostUpdate } from '../db/store/host.ts';
import { type TenantRow, tenantByName } from '../db/store/tenant.ts';
import { BerthError } from '../domain/errors.ts';
import { csrMake } from '../vault/authority.ts';
import { sealOpen } from '../vault/seal.ts';
import type { Config } from './config.ts';
import { envFileTokens, envFileWrite, fileReplace } from './env-file.ts';
import type { EngineAddress } from './local/engine-hosts.ts';
import type { RunningServer } from './server.ts';

const defaultTenant = 'default';
const certificateDays = 365;
/** A certificate that ends sooner than this is made anew at a start. */
const certificateMarginMs = 30 * 86_400_000;

/** Brings hosts that were found into the fleet, for the tenant `default` to use whether their walls are verified or not; those that are in it already stay as they are, but for the address, which may be another after a reboot. */
export async function hostsAdopt(server: RunningServer, key: string, found: EngineAddress[]): Promise<void> {
  const known = await hostList(server.app.system);
  const seal = await sealOpen(key);
  const { id: tenantId } = await defaultTenantRow(server);
  for (const { url, name, certs, address = null } of found) {
    const names = known.map((row) => row.name);
    const row =
      known.find((one) => one.url === url) ??
      (await hostInsert(server.app.system, {
        name: nameFree(name, names),
        url,
        sealedTls: certs ? await seal.seal(JSON.stringify(certs)) : null,
        labels: {},
        tenants: [tenantId],
      }));
    if (row.address !== address) await hostUpdate(server.app.system, row.id, { address });
  }
  await server.app.fleet.reload();
}

function nameFree(name: string, taken: string[]): string {
  if (!taken.includes(name)) return name;
  for (let n = 2; ; n++) if (!taken.includes(`${name}-${n}`)) return `${name}-${n}`;
}

/** Makes the tenant `default` and credentials for the person in front of this machine, and writes them to the env file. Keeps what still works. */
export async function defaultTenantEnsure(server: RunningServer, config: Config): Promise<string> {
  const { system, db } = server.app;
  const tenant = await defaultTenantRow(server);
  if (tenant.state !== 'active') throw new BerthError('conflict', 'The tenant "default" is being deleted. Start again when that is done.');
  const scope = tenantScope(db, tenant.id);

  const known = await envFileTokens(config.dataDir);
  const tokens = known && (await valid(server, known.token)) && (await valid(server, known.operatorToken)) ? known : undefined;
  const [owner, operator] = [await tokenMint(), await tokenMint()];
  if (!tokens) {
    await tenantTokenInsert(scope, { name: 'first start', hash: owner.hash, prefix: owner.prefix, expiresAt: null });
    await operatorTokenInsert(system, { name: 'first start', hash: operator.hash, prefix: operator.prefix, expiresAt: null });
  }

  const certPath = join(config.dataDir, 'certs', defaultTenant);
  await fileReplace(
    join(certPath, 'ca.pem'),
    config.tlsFiles ? await readFile(config.tlsFiles.cert, 'utf8') : server.serverAuthority.certificatePem,
  );
  if (!(await certificateValid(server, certPath))) {
    const { csrPem, keyPem } = await csrMake(defaultTenant);
    const signed = await server.clientAuthority.clientSign(csrPem, defaultTenant, certificateDays);
    await certificateInsert(scope, { serial: signed.serial, name: 'first start', expiresAt: signed.expiresAt });
    await fileReplace(join(certPath, 'key.pem'), keyPem);
    await fileReplace(join(certPath, 'cert.pem'), signed.certificatePem);
  }

  const [name = 'localhost'] = config.names;
  return envFileWrite(config.dataDir, {
    dockerHost: `tcp://${name}:${server.enginePort}`,
    certPath,
    url: `http://${name}:${server.httpPort}`,
    token: tokens?.token ?? owner.text,
    operatorToken: tokens?.operatorToken ?? operator.text,
  });
}

async function defaultTenantRow(server: RunningServer): Promise<TenantRow> {
  return (await tenantByName(server.app.system, defaultTenant)) ?? (await tenantCreate(server.app, defaultTenant));
}

async function valid(server: RunningServer, token: string): Promise<boolean> {
  const hash = await tokenHash(token).catch(() => undefined);
  return hash !== undefined && (await tokenOwner(server.app.system, hash)) !== undefined;
}

async function certificateValid(server: RunningServer, certPath: string): Promise<boolean> {
  const pem = await readFile(join(certPath, 'cert.pem'), 'utf8').catch(() => undefined);
  if (pem === undefined) return false;
  const owner = await certificateOwner(server.app.system, new X509Certificate(pem).serialNumber.toLowerCase());
  return owner !== undefined && (owner.expiresAt?.getTime() ?? 0) > Date.now() + certificateMarginMs;
}
