import type { ContainerSpec } from '../domain/container-spec.ts';
import { BerthError } from '../domain/errors.ts';
import { containerLimits as limits } from '../domain/limits.ts';
import { printable } from './fields.ts';

/** The parts of an image's config that an engine takes over into a container. */
export interface ImageConfig {
  WorkingDir?: string;
  Volumes?: Record<string, unknown> | null;
  Healthcheck?: { Test?: string[] | null; Interval?: number } | null;
}

/**
 * An image is a second way to ask: an engine takes from its config what the request leaves out. So whatever a request is refused,
 * the image of a tenant's making is refused too. Throws `refused`, and says what to set instead.
 */
export function imageConfigCheck(config: ImageConfig, spec: Pick<ContainerSpec, 'workingDir' | 'healthcheck'>): void {
  const { WorkingDir: workingDir = '', Volumes: volumes, Healthcheck: health } = config;
  // CVE-2024-21626 began with such an image.
  if (spec.workingDir === '' && pathRefused(workingDir)) throw refused('WORKDIR', workingDir, 'set another with --workdir');
  const targets = Object.keys(volumes ?? {});
  if (targets.length > limits.mounts) throw refused('VOLUME', `${targets.length} volumes`, `at most ${limits.mounts} are served`);
  const target = targets.find((path) => pathRefused(path) || /^\/+(\.\/+)*sys(\/|$)/.test(path));
  if (target !== undefined) throw refused('VOLUME', target, 'build the image without it');
  const interval = spec.healthcheck?.intervalNs || health?.Interval || 0;
  if (health?.Test?.length && interval > 0 && interval < limits.healthIntervalMinNs) {
    throw refused('HEALTHCHECK', `an interval of ${interval} nanoseconds`, 'set one of half a second or more with --health-interval');
  }
}

/** As for a path in a request: container-path.ts. */
function pathRefused(path: string): boolean {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') || (path.startsWith('/') && parts[0] === 'proc');
}

function refused(instruction: string, value: string, instead: string): BerthError {
  return new BerthError('refused', `Image: its ${instruction} (${printable(value)}) is not allowed: ${instead}. See docs/divergence.md.`);
}
