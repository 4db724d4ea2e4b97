import type { Route } from './route.ts';

export interface RouteTable {
  /** The route for a method and decoded segments. `allowed` holds the methods the path is served with, when it is this method that is not. */
  match(method: string, segments: string[]): { route: Route; params: Record<string, string> } | { allowed: string[] };
}

interface Compiled {
  route: Route;
  pattern: string[];
}

/** Routes are looked up by the first segment of their path, and compared segment by segment: this is done for every call. */
export function routeTable(routes: readonly Route[]): RouteTable {
  const compiled: Compiled[] = routes.map((route) => ({ route, pattern: route.path.split('/').slice(1) }));
  const byHead = Map.groupBy(compiled, ({ pattern }) => pattern[0] ?? '');
  return {
    match(method, segments) {
      const allowed: string[] = [];
      for (const { route, pattern } of byHead.get(segments[0] ?? '') ?? []) {
        const params = pathParams(pattern, segments);
        if (!params) continue;
        if (route.method === method) return { route, params };
        allowed.push(route.method);
      }
      return { allowed };
    },
  };
}

/** What the names of a pattern stand for in these segments; null where they do not match. `:name*` takes all that the rest leaves to it. */
export function pathParams(pattern: readonly string[], segments: readonly string[]): Record<string, string> | null {
  const many = pattern.findIndex((part) => part.endsWith('*'));
  const extra = segments.length - pattern.length;
  if (many < 0 ? extra !== 0 : extra < 0) return null;
  const params: Record<string, string> = {};
  for (const [i, part] of pattern.entries()) {
    const at = many >= 0 && i > many ? i + extra : i;
    const text = i === many ? segments.slice(i, i + extra + 1).join('/') : (segments[at] ?? '');
    if (!part.startsWith(':')) {
      if (part !== text) return null;
    } else params[part.slice(1, i === many ? -1 : undefined)] = text;
  }
  return params;
}
