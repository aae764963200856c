import type { ServerResponse } from "node:http";

/**
 * Lets browsers keep a page but ask before they show it again. Next marks static pages as fresh for a year in shared
 * caches, which would serve an old page, and links to files that are gone, long after a deploy. Files whose names hold
 * a hash of their content keep what Next says of them.
 */
export function revalidatePages(res: ServerResponse): void {
  const setHeader = res.setHeader.bind(res);
  res.setHeader = (name, value) => {
    const isShared = name.toLowerCase() === "cache-control" && String(value).includes("s-maxage");
    return setHeader(name, isShared ? "no-cache" : value);
  };
}
