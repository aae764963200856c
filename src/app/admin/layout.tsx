import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { prefetch } from "@/server/rpc/prefetch";
import { AdminFrame } from "@/admin/frame/admin-frame";
import { withoutFeatures } from "@/admin/without-features";

export const metadata: Metadata = {
  title: { default: "Dashboard", template: "%s · Weir" },
  robots: { index: false, follow: false },
};

/** Rendered per request, with the nonce of its content security policy (docs/decisions/0021). */
export const dynamic = "force-dynamic";

/** Who is signed in comes with the page: the frame and every page ask for it. */
export default async function AdminLayout({ children }: { children: ReactNode }) {
  const request = await headers();
  const state = await prefetch(request, ({ account }, queries) => queries.prefetchQuery(account.me.queryOptions()));
  return (
    <HydrationBoundary state={state}>
      <AdminFrame hasFeatures={!request.has(withoutFeatures)}>{children}</AdminFrame>
    </HydrationBoundary>
  );
}
