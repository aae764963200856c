import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { headers } from "next/headers";
import { notFound } from "next/navigation";
import { Suspense } from "react";
import { adminPages } from "@/admin/pages";
import { prefetch } from "@/server/rpc/prefetch";

type Props = { params: Promise<{ path?: string[] }> };

const pageAt = ({ path = [] }: { path?: string[] }) =>
  adminPages.find((page) => page.path === ["/admin", ...path].join("/"));

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const page = pageAt(await params);
  return page === undefined ? {} : { title: page.title };
}

/** Mounts a page of the dashboard, with the data that it is rendered with. */
export default async function DashboardPage({ params }: Props) {
  const page = pageAt(await params);
  if (page === undefined) notFound();
  const { default: Page } = await page.load();
  const content = (
    <Suspense>
      <Page />
    </Suspense>
  );
  if (page.prefetch === undefined) return content;
  return <HydrationBoundary state={await prefetch(await headers(), page.prefetch)}>{content}</HydrationBoundary>;
}
