import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { headers } from "next/headers";
import { notFound } from "next/navigation";
import { PageMount } from "@/admin/frame/page-mount";
import { pageAt, prefetch } from "@/server/rpc/prefetch";

type Props = { params: Promise<{ path?: string[] }> };

const pathOf = ({ path = [] }: { path?: string[] }): string => ["/admin", ...path].join("/");

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const page = pageAt(pathOf(await params));
  return page === undefined ? {} : { title: page.title };
}

/** Mounts a page of the dashboard, with the data that it is rendered with. */
export default async function DashboardPage({ params }: Props) {
  const path = pathOf(await params);
  const page = pageAt(path);
  if (page === undefined) notFound();
  const mount = <PageMount path={path} />;
  if (page.prefetch === undefined) return mount;
  return <HydrationBoundary state={await prefetch(await headers(), page.prefetch)}>{mount}</HydrationBoundary>;
}
