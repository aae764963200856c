import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { headers } from "next/headers";
import { Account } from "@/admin/account/ui/account";
import { prefetch } from "@/server/rpc/prefetch";

export const metadata: Metadata = { title: "Account" };

/** Rendered with its data, which the browser takes over instead of asking again. */
export default async function AccountPage() {
  const state = await prefetch(await headers(), ({ account }, queries) =>
    queries.prefetchQuery(account.sessions.queryOptions()),
  );
  return (
    <HydrationBoundary state={state}>
      <Account />
    </HydrationBoundary>
  );
}
