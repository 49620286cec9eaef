import type { Request } from 'express';
import { unsafeCast } from '../unsafe-cast.js';

/** What Express keeps for each route, and for each function that all requests pass. */
interface Layer {
  route?: { methods: Record<string, boolean> };
  match(path: string): boolean;
}

/** The methods that routes at a request's path have; none where there is no route. */
export function allowedMethods({ app, path }: Request): string[] {
  const methods = unsafeCast<Layer[]>(app.router.stack)
    .filter((layer) => layer.route !== undefined && layer.match(path))
    .flatMap(({ route }) => Object.keys(route?.methods ?? {}))
    .map((method) => method.toUpperCase());
  // Express answers HEAD wherever there is a GET.
  return [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))];
}
