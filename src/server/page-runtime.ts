import type { AdminPage } from "@/admin/pages";
import type { Context } from "./rpc/context";
import type { AppRouter } from "./rpc/root";

/**
 * What server components can use of the running application. Next bundles pages apart from the server, so a page that
 * imported a service would have a second copy of it: `src/main.ts` pins this on `globalThis`, where both find it, and
 * pages take the value from there and import only its type (docs/decisions/0003-state-on-globalthis.md).
 */
export type PageRuntime = {
  router: AppRouter;
  /** The dashboard's page at this path. */
  pageAt: (path: string) => Pick<AdminPage, "title" | "prefetch"> | undefined;
  /** Runs `work` with the session of the request that these headers belong to, within the deadline of a page. */
  asCaller: <Result>(headers: Headers, work: (context: Context) => Promise<Result>) => Promise<Result>;
};

const key = Symbol.for("weir.runtime");

/** Called once, by `src/main.ts`, before pages are served. */
export function pinPageRuntime(runtime: PageRuntime): void {
  Reflect.set(globalThis, key, runtime);
}

/** Throws when the page runs outside `src/main.ts`, under `next start` for example. */
export function pageRuntime(): PageRuntime {
  // Only `pinPageRuntime` writes this key.
  const runtime = Reflect.get(globalThis, key) as PageRuntime | undefined;
  if (runtime === undefined) throw new Error("Pages need the server around them: start with npm start or npm run dev.");
  return runtime;
}
