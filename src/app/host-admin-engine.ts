import { hostDelete, hostGet, hostTenancy, networksOnHost } from '../db/store/host.ts';
import { realizationGone } from '../db/store/network.ts';
import { BerthError } from '../domain/errors.ts';
import type { EngineAddress } from '../engine/address.ts';
import { engineFactsRead } from '../engine/calls.ts';
import { Engine, EngineError, EngineUnreachable } from '../engine/engine.ts';
import { hostEngine } from './container-host.ts';
import type { App } from './context.ts';
import { deploymentLogs } from './deployment-logs.ts';
import { type EngineSide, hostMissing } from './host-admin.ts';
import { imagePullWhole } from './image-pull-whole.ts';
import { networkEngineName } from './network-realize.ts';

export function engineSideMake(app: App): EngineSide {
  return {
    hears: () => app.bus.hears(),
    barrier: () => app.bus.barrier(),
    hostCheck,
    hostRemove: (id) => hostRemove(app, id),
    imagePull: (scope, image, registryAuth) => imagePullWhole(app, scope, image, registryAuth),
    deploymentLogs: (scope, deployment, asked, signal) => deploymentLogs(app, scope, deployment, asked, signal),
    eventWait: app.eventWait,
  };
}

async function hostCheck(address: EngineAddress): Promise<void> {
  const engine = engineOpen(address);
  try {
    await engineFactsRead(engine);
  } catch (error) {
    throw new BerthError('unprocessable', connectFailure(error), { cause: error });
  } finally {
    engine.close();
  }
}

/** Node reads the PEMs as soon as the first connection is prepared, and throws when they are not what they say. */
function engineOpen(address: EngineAddress): Engine {
  try {
    return new Engine(address);
  } catch (error) {
    throw new BerthError('unprocessable', connectFailure(error), { cause: error });
  }
}

/** What to do about each way in which a connection fails. Source: Node's and OpenSSL's error codes. */
function connectFailure(error: unknown): string {
  if (error instanceof EngineError) return `The engine answered, and refused (status ${error.status}). Is a proxy in front of it?`;
  const { code, message } = rootCause(error);
  const firewall = 'Check the address and the firewall between this server and the host.';
  if (code === 'ECONNREFUSED') return 'Nothing listens at that address. Check the port, and that dockerd runs there with -H tcp://…';
  if (code === 'ENOENT') return 'There is no socket at that path on the machine of this server.';
  if (code === 'EACCES') return 'This server may not open that socket. Run it as a member of the group docker.';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'The name in that address is not known to DNS here.';
  if (/TIMEDOUT|TimeoutError|EHOSTUNREACH|ENETUNREACH|ABORT_ERR/.test(code) || /timeout/i.test(message))
    return `The host did not answer in time. ${firewall}`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return "The engine's certificate is for another name than the one in the address. Use a name that it is for, or make one that names this address.";
  if (code === 'CERT_HAS_EXPIRED') return "The engine's certificate has expired. Make it anew on the host.";
  if (/SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|CERT_SIGNATURE/.test(code))
    return "tls.ca did not sign the engine's certificate. Send the authority that the host was set up with.";
  if (/ALERT/.test(code))
    return "The engine refused our client certificate: it must be signed by the engine's --tlscacert, for client authentication.";
  if (/PEM|X509|ASN1|KEY_VALUES_MISMATCH|DECODER/.test(`${code} ${message}`.toUpperCase()))
    return 'The PEMs in tls cannot be used: check that ca and cert are certificates, and that key belongs to cert.';
  if (/WRONG_VERSION|HTTP_REQUEST|EPROTO/.test(code))
    return 'What listens there does not speak TLS. Run dockerd with --tlsverify; without it, its port is open to everyone.';
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return 'The connection was cut while it was being made. Does the engine want TLS, with another client certificate?';
  return `The engine could not be used (${code || 'its answer could not be read'}). ${firewall}`;
}

function rootCause(error: unknown): { code: string; message: string } {
  let last = error;
  while (last instanceof Error && last.cause instanceof Error) last = last.cause;
  if (!(last instanceof Error)) return { code: '', message: String(last) };
  const { code } = last as { code?: unknown };
  return { code: typeof code === 'string' ? code : last.name, message: last.message };
}

/** Removes a cordoned, empty host: our networks there first, its row last. One that is gone for good is removed all the same. */
async function hostRemove(app: App, id: string): Promise<void> {
  const row = (await hostGet(app.system, id)) ?? hostMissing();
  if (!row.cordoned) throw new BerthError('conflict', `Host ${row.name} still takes containers. Cordon it first, then remove it.`);
  const { containers, volumes } = await hostTenancy(app.system, id);
  if (containers + volumes > 0) {
    throw new BerthError(
      'conflict',
      `Host ${row.name} still has ${containers} containers and ${volumes} volumes. Have them removed first.`,
    );
  }
  for (const networkId of await networksOnHost(app.system, id)) {
    try {
      await hostEngine(app, id).json({ method: 'DELETE', path: `/networks/${networkEngineName(networkId)}` });
    } catch (error) {
      if (error instanceof EngineUnreachable)
        app.log.warn('a network stays on a host that cannot be reached', { host: row.name, network: networkId });
      else if (!(error instanceof EngineError && error.status === 404)) throw error;
    }
    await realizationGone(app.system, networkId, id);
  }
  if (!(await hostDelete(app.system, id)))
    throw new BerthError('conflict', `Host ${row.name} got a container or volume meanwhile. Try again.`);
}
