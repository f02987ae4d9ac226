import { lazyRouteComponent } from "@tanstack/react-router";

/** A page's script could not be fetched because the server can't be reached. */
export class UnreachableError extends Error {
  constructor(cause: unknown) {
    super("The server could not be reached.", { cause });
    this.name = "UnreachableError";
  }
}

/**
 * A page that is fetched when it is opened.
 *
 * A script that the server no longer has belongs to an earlier release, and the router loads the console
 * anew. Without a server that would end at the browser's own error page, so then it fails instead.
 */
export function page<Module extends Record<string, unknown>, Name extends keyof Module>(load: () => Promise<Module>, name: Name) {
  return lazyRouteComponent(() => fetched(load, isReachable), name);
}

/** The module, or `UnreachableError` when neither it nor the server is there. */
export async function fetched<Module>(load: () => Promise<Module>, reachable: () => Promise<boolean>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    if (await reachable()) throw cause;
    throw new UnreachableError(cause);
  }
}

/** Whether the server answers at all. */
export async function isReachable(): Promise<boolean> {
  try {
    await fetch(`${import.meta.env.BASE_URL}favicon.svg`, { method: "HEAD", cache: "no-store" });
    return true;
  } catch {
    return false;
  }
}
