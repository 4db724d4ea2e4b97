import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { hex } from '../domain/encoding.ts';
import { BerthError } from '../domain/errors.ts';

/** A certificate authority of this installation. P-256 throughout: every TLS client of the last ten years knows it. */
export interface Authority {
  certificatePem: string;
  /** A certificate for a server with these DNS names and addresses, with a fresh key. */
  serverIssue(names: string[], validDays: number): Promise<{ certificatePem: string; keyPem: string; expiresAt: Date }>;
  /** A client certificate over a key that only the asker has. Throws `malformed` for a request that is none, or not signed by its own key. */
  clientSign(csrPem: string, name: string, validDays: number): Promise<{ certificatePem: string; serial: string; expiresAt: Date }>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;
/** Clocks differ; a certificate that is not valid yet is the most confusing error of all. */
const backdatedMs = 3_600_000;

export async function authorityMake(commonName: string): Promise<{ certificatePem: string; keyPem: string }> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialMake(),
    name: [{ CN: [commonName] }],
    notBefore: new Date(Date.now() - backdatedMs),
    notAfter: new Date(Date.now() + 3650 * dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificatePem: certificate.toString('pem'), keyPem: await keyPem(keys.privateKey) };
}

export async function authorityOpen(certificatePem: string, privateKeyPem: string): Promise<Authority> {
  const certificate = new x509.X509Certificate(certificatePem);
  const der = x509.PemConverter.decodeFirst(privateKeyPem);
  const signingKey = await crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);

  async function sign(
    commonName: string,
    publicKey: x509.PublicKeyType,
    validDays: number,
    usage: 'serverAuth' | 'clientAuth',
    names: string[],
  ) {
    const expiresAt = new Date(Date.now() + validDays * dayMs);
    const serial = serialMake();
    const signed = await x509.X509CertificateGenerator.create({
      serialNumber: serial,
      subject: [{ CN: [commonName] }],
      issuer: certificate.subject,
      notBefore: new Date(Date.now() - backdatedMs),
      notAfter: expiresAt,
      signingAlgorithm: algorithm,
      publicKey,
      signingKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[usage]], true),
        await x509.AuthorityKeyIdentifierExtension.create(certificate),
        ...(names.length > 0
          ? [
              new x509.SubjectAlternativeNameExtension(
                names.map((value) => ({ type: isAddress(value) ? ('ip' as const) : ('dns' as const), value })),
              ),
            ]
          : []),
      ],
    });
    return { certificatePem: signed.toString('pem'), serial, expiresAt };
  }

  return {
    certificatePem,
    async serverIssue(names, validDays) {
      const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
      const signed = await sign(names[0] ?? 'berth', keys.publicKey, validDays, 'serverAuth', names);
      return { certificatePem: signed.certificatePem, keyPem: await keyPem(keys.privateKey), expiresAt: signed.expiresAt };
    },
    async clientSign(csrPem, name, validDays) {
      const request = csrRead(csrPem);
      if (!(await request.verify().catch(() => false))) throw csrMalformed('is not signed by the key it carries');
      return sign(name, request.publicKey, validDays, 'clientAuth', []);
    },
  };
}

/** A request for a client certificate and its key, both PEM: what `openssl req -new` makes. */
export async function csrMake(commonName: string): Promise<{ csrPem: string; keyPem: string }> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ name: [{ CN: [commonName] }], keys, signingAlgorithm: algorithm });
  return { csrPem: request.toString('pem'), keyPem: await keyPem(keys.privateKey) };
}

function csrRead(pem: string): x509.Pkcs10CertificateRequest {
  try {
    return new x509.Pkcs10CertificateRequest(pem);
  } catch {
    throw csrMalformed('cannot be read');
  }
}

function csrMalformed(what: string): BerthError {
  return new BerthError('malformed', `The certificate request ${what}. Send a PKCS#10 request in PEM, as openssl req -new writes it.`);
}

/** 128 random bits, the first one 0 so that the number is positive, the second 1 so that its length never varies. */
function serialMake(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return hex(bytes);
}

async function keyPem(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function isAddress(name: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(name) || name.includes(':');
}
