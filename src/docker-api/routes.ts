import { buildRoutes } from './build.routes.ts';
import { containerLifecycleRoutes } from './container-lifecycle.routes.ts';
import { containerReadRoutes } from './container-read.routes.ts';
import { containerStreamRoutes } from './container-stream.routes.ts';
import { eventRoutes } from './event.routes.ts';
import { execRoutes } from './exec.routes.ts';
import { imageRoutes } from './image.routes.ts';
import { networkRoutes } from './network.routes.ts';
import { pluginRoutes } from './plugin.routes.ts';
import { pruneRoutes } from './prune.routes.ts';
import { registryRoutes } from './registry.routes.ts';
import type { Route } from './route.ts';
import { systemRoutes } from './system.routes.ts';
import { usageRoutes } from './usage.routes.ts';
import { volumeRoutes } from './volume.routes.ts';

/** Everything the Docker endpoint serves. A path that is not here does not exist. */
export const dockerRoutes: readonly Route[] = [
  ...systemRoutes,
  ...buildRoutes,
  ...containerReadRoutes,
  ...containerLifecycleRoutes,
  ...containerStreamRoutes,
  ...eventRoutes,
  ...execRoutes,
  ...imageRoutes,
  ...networkRoutes,
  ...pluginRoutes,
  ...pruneRoutes,
  ...registryRoutes,
  ...usageRoutes,
  ...volumeRoutes,
];
