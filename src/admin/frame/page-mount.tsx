"use client";

import { lazy, type ReactNode, Suspense } from "react";
import { adminPages } from "../pages";

const pages: ReadonlyMap<string, ReactNode> = new Map(
  adminPages.map(({ path, load }) => {
    const Page = lazy(load);
    return [path, <Page key={path} />];
  }),
);

/** The page at a path of the list; its code is loaded when it is first shown. */
export const PageMount = ({ path }: { path: string }) => <Suspense>{pages.get(path)}</Suspense>;
