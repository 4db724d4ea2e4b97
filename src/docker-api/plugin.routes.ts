import { BerthError } from '../domain/errors.ts';
import type { Call, Reply, Route } from './route.ts';

/** Plugins are the operator's and no tenant has any; `docker inspect NAME` asks for one last, and takes 404 as the end of its search. */
export const pluginRoutes: readonly Route[] = [
  { method: 'GET', path: '/plugins/:name*/json', scope: 'read', query: [], body: 'none', handle: inspect },
];

async function inspect({ params }: Call): Promise<Reply> {
  throw new BerthError('not_found', `plugin "${params.name}" not found`);
}
