import { dehydrate, type DehydratedState, QueryClient } from "@tanstack/react-query";
import { createTRPCOptionsProxy, type TRPCOptionsProxy } from "@trpc/tanstack-react-query";
import { pageRuntime } from "../page-runtime";
import type { AppRouter } from "./root";

/**
 * Runs the queries of a page while the server renders it, with the session of its request, for a `HydrationBoundary`:
 * the page then arrives with its data. A query that fails is left out, and the browser repeats it. For server
 * components.
 */
export async function prefetch(
  headers: Headers,
  ask: (trpc: TRPCOptionsProxy<AppRouter>, queries: QueryClient) => Promise<unknown>,
): Promise<DehydratedState> {
  const queryClient = new QueryClient();
  const { router, asCaller } = pageRuntime();
  await asCaller(headers, async (ctx) => {
    const trpc = createTRPCOptionsProxy<AppRouter>({ router, ctx, queryClient });
    await ask(trpc, queryClient);
  });
  return dehydrate(queryClient);
}

/** The dashboard's page at this path: its title, and what it wants to be rendered with. For server components. */
export const pageAt = (path: string) => pageRuntime().pageAt(path);
