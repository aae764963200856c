import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { Suspense } from "react";
import { featurePages } from "@/admin/feature-pages";
import { SiteFrame } from "../site-frame";
import { Welcome } from "../welcome";

type Props = { params: Promise<{ path?: string[] }> };

const pathOf = ({ path = [] }: { path?: string[] }): string => `/${path.join("/")}`;
const pageAt = (path: string) => featurePages.find((page) => page.path === path);

/** Every page of every feature; `/` is there even when no feature has it. */
export function generateStaticParams() {
  const paths = new Set(["/", ...featurePages.map(({ path }) => path)]);
  return [...paths].map((path) => ({ path: path.split("/").filter((part) => part !== "") }));
}
export const dynamicParams = false;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const page = pageAt(pathOf(await params));
  if (page === undefined) return {};
  const { path, title, description } = page;
  // The first page carries the name of the application alone.
  return { ...(path === "/" ? {} : { title }), ...(description === undefined ? {} : { description }) };
}

/** Mounts the page of a feature. */
export default async function FeaturePage({ params }: Props) {
  const path = pathOf(await params);
  const page = pageAt(path);
  if (page === undefined && path !== "/") notFound();
  const { default: Page } = page === undefined ? { default: Welcome } : await page.load();
  return (
    <SiteFrame current={path}>
      <Suspense>
        <Page />
      </Suspense>
    </SiteFrame>
  );
}
