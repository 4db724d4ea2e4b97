import type { Healthcheck } from '../domain/container-spec.ts';
import { containerLimits as limits } from '../domain/limits.ts';
import { commandSizes } from './command-fields.ts';
import type { Fields } from './fields.ts';

/** The bound that an engine has too, in its words (moby, daemon/container.go). */
const millisecondNs = 1_000_000;

/** null: the image's own. */
export function healthcheckRead(config: Fields): Healthcheck | null {
  const present = config.isSet('Healthcheck');
  const fields = config.object('Healthcheck');
  if (!present) return null;
  const test = fields.strings('Test', commandSizes);
  const [kind] = test;
  if (kind !== undefined && !['', 'NONE', 'CMD', 'CMD-SHELL'].includes(kind)) {
    throw fields.malformed('Test', 'must begin with NONE, CMD or CMD-SHELL');
  }
  const duration = (name: string, min: number, max: number): number => {
    const value = fields.integer(name);
    if (value !== 0 && value < millisecondNs)
      throw fields.wrong(name, 'is less than a millisecond', `${name} in Healthcheck cannot be less than 1ms`);
    return value === 0 ? 0 : fields.within(name, value, min, max, 'nanoseconds');
  };
  const healthcheck: Healthcheck = {
    test,
    intervalNs: duration('Interval', limits.healthIntervalMinNs, limits.healthIntervalNs),
    timeoutNs: duration('Timeout', millisecondNs, limits.healthTimeoutNs),
    startPeriodNs: duration('StartPeriod', millisecondNs, limits.healthIntervalNs),
    startIntervalNs: duration('StartInterval', limits.healthIntervalMinNs, limits.healthIntervalNs),
    retries: fields.within('Retries', fields.integer('Retries'), 0, limits.healthRetries),
  };
  fields.end();
  return healthcheck;
}
