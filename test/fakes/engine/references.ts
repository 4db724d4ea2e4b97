import { EngineError } from './engine-error.ts';

const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const pattern = new RegExp(
  `^(?:[a-zA-Z0-9.-]+(?::\\d+)?/)?${component}(?:/${component})*(?::[\\w][\\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
);

/** `busybox` becomes `busybox:latest`, and docker.io goes unsaid. Throws 400 for what is no reference. */
export function tagReference(text: string): string {
  const reference = text.replace(/^docker\.io\//, '').replace(/^library\//, '');
  if (reference !== reference.toLowerCase() && !pattern.test(reference)) {
    throw new EngineError(400, 'invalid reference format: repository name must be lowercase');
  }
  if (!pattern.test(reference)) throw new EngineError(400, 'invalid reference format');
  return reference.lastIndexOf(':') > reference.lastIndexOf('/') || reference.includes('@') ? reference : `${reference}:latest`;
}

/** The reference without tag and digest. */
export function repositoryOf(text: string): string {
  const reference = tagReference(text).split('@')[0] ?? '';
  const colon = reference.lastIndexOf(':');
  return colon > reference.lastIndexOf('/') ? reference.slice(0, colon) : reference;
}
