import { csrMake } from '../vault/authority.ts';
import { tenantApi } from './api.ts';
import { type Given, grantsGiven, textOption, UsageError } from './command.ts';

export interface ClientFiles {
  /** `tcp://host:port` */
  dockerHost: string;
  expiresAt: string;
  /** PEM by file name. Without ca.pem where a public authority signed the endpoint's certificate. */
  files: Record<string, string>;
}

/** A new key, its certificate for a tenant, and what the Docker endpoint is checked with. The key stays on this machine. */
export async function clientFilesMake(given: Given, name: string): Promise<ClientFiles> {
  const validDays = daysRead(textOption(given, 'days'));
  const { api, path } = await tenantApi(given);
  const endpoint = await api.get<{ url: string; authority: string | null }>('/v1/endpoint');
  const { csrPem, keyPem } = await csrMake(name);
  const signed = await api.post<{ certificate: string; expiresAt: string }>(`${path}/certificates`, {
    ...{ name, csr: csrPem, validDays },
    ...grantsGiven(given),
  });
  return {
    dockerHost: endpoint.url,
    expiresAt: signed.expiresAt,
    files: { ...(endpoint.authority !== null && { 'ca.pem': endpoint.authority }), 'cert.pem': signed.certificate, 'key.pem': keyPem },
  };
}

function daysRead(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,3}$/.test(text) || Number(text) < 1 || Number(text) > 825)
    throw new UsageError(`--days takes a number from 1 to 825, not "${text}".`);
  return Number(text);
}
