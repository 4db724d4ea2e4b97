import { BerthError } from '../domain/errors.ts';
import { printable } from './fields.ts';

/** A name of an image, with what a short one leaves out. */
export interface ImageReference {
  /** `docker.io`, `localhost:5000`, `[2001:db8::1]:5000` */
  registry: string;
  /** `library/busybox` */
  repository: string;
  /** null: none was written; it is the caller who knows whether that means `latest` or all. */
  tag: string | null;
  /** `sha256:<64 hex>` */
  digest: string | null;
  /** As Docker shows it: `busybox:1`, without the registry and library that everyone leaves out. */
  familiar(): string;
}

/**
 * Reads a reference by the grammar of github.com/distribution/reference, with Docker's own defaults. Throws `malformed`, also
 * for a bare 64-digit hex name, which Docker keeps for ids.
 */
export function imageReferenceParse(text: string): ImageReference {
  if (text.length > 1024) throw malformed(text, 'it is longer than 1024 characters');
  if (bareId.test(text)) throw malformed(text, 'an id of 64 hex digits cannot be a name');
  const [, name = '', tag = null, digest = null] = referenceRule.exec(text) ?? [];
  if (name === '')
    throw malformed(text, /[A-Z]/.test(text) ? 'a repository name must be lowercase' : 'it has the form [registry/]name[:tag][@digest]');
  if (digest !== null && !digestValid(digest)) throw malformed(text, 'its digest is not one of sha256, sha384 or sha512');

  const { registry, remainder } = registrySplit(name);
  if (!registryRule.test(registry)) throw malformed(text, 'its registry is not a host name');
  const repository = registry === defaultRegistry && !remainder.includes('/') ? `library/${remainder}` : remainder;
  if (!repositoryRule.test(repository)) {
    throw malformed(
      text,
      /[A-Z]/.test(repository) ? 'a repository name must be lowercase' : 'its repository has characters that do not belong there',
    );
  }
  if (repository.length > 255) throw malformed(text, 'its repository is longer than 255 characters');
  return {
    registry,
    repository,
    tag,
    digest,
    familiar: () => `${familiarName(registry, repository)}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`,
  };
}

const bareId = /^[a-f0-9]{64}$/;
const defaultRegistry = 'docker.io';

/** Name, tag and digest. A colon in the name belongs to a port, so a tag has no slash after it. */
const referenceRule = /^([^@\s]+?)(?::([a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}))?(?:@([^@\s]+))?$/;
const hostLabel = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const registryRule = new RegExp(`^(?:${hostLabel}(?:\\.${hostLabel})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const pathPart = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const repositoryRule = new RegExp(`^${pathPart}(?:/${pathPart})*$`);
const digestLengths: Record<string, number> = { sha256: 64, sha384: 96, sha512: 128 };

/** The first part is a registry only when it looks like a host: Docker's splitDockerDomain. */
function registrySplit(name: string): { registry: string; remainder: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  if (slash === -1 || !isHost) return { registry: defaultRegistry, remainder: name };
  return { registry: first === 'index.docker.io' ? defaultRegistry : first, remainder: name.slice(slash + 1) };
}

/** Leaves out what Docker leaves out, unless the rest would then be read as something else (docker.io/quay.io/x). */
function familiarName(registry: string, repository: string): string {
  const full = `${registry}/${repository}`;
  if (registry !== defaultRegistry) return full;
  const short = repository.replace(/^library\/(?=[^/]+$)/, '');
  return registrySplit(short).registry === defaultRegistry && !bareId.test(short) ? short : full;
}

function digestValid(digest: string): boolean {
  const [algorithm = '', hex = '', ...rest] = digest.split(':');
  return rest.length === 0 && Object.hasOwn(digestLengths, algorithm) && hex.length === digestLengths[algorithm] && /^[a-f0-9]+$/.test(hex);
}

function malformed(text: string, why: string): BerthError {
  return new BerthError('malformed', `invalid reference format: "${printable(text)}" is not an image reference: ${why}.`);
}

/** Docker's words: the CLI reads the status and pulls. */
export function imageMissing(text: string): BerthError {
  const shown = /[:@]/.test(text.slice(text.lastIndexOf('/') + 1)) ? text : `${text}:latest`;
  return new BerthError('not_found', `No such image: ${shown}`);
}
