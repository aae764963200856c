"use client";

import { lazy, type ReactNode } from "react";
import { adminPages } from "../pages";

const pages: ReadonlyMap<string, ReactNode> = new Map(
  adminPages.map(({ path, load }) => {
    const Page = lazy(load);
    return [path, <Page key={path} />];
  }),
);

/**
 * The page at a path of the list; its code is loaded when it is first shown. It has no boundary of its own: the server waits
 * for the code, so that the page arrives complete, and a browser keeps the page before until the next one is there.
 */
export const PageMount = ({ path }: { path: string }) => pages.get(path);
