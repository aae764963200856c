import { readFile, writeFile } from "node:fs/promises";
import { TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import type { ErrorCatalogue } from "@weir/core/errors";

/** `docs/errors.md` between its two markers. */
export function errorTable(catalogue: ErrorCatalogue): string {
  const rows = Object.entries(catalogue).map(([code, { rpcCode, message, when, fix }]) => {
    const status = getHTTPStatusCodeFromError(new TRPCError({ code: rpcCode }));
    return `| \`${code}\` | \`${rpcCode}\` | ${status} | ${message} | ${when} | ${fix} |`;
  });
  return ["| Code | tRPC code | HTTP | Message | When | What to do |", "|---|---|--:|---|---|---|", ...rows].join("\n");
}

/** Replaces everything between the markers of this name. Throws when they are missing. */
export function replaceBlock(text: string, name: string, content: string, writer = "npm run docs"): string {
  const [begin, end] = [`<!-- ${name}: written by ${writer} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`The markers of the block "${name}" are missing.`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}

/** Writes the tables of the docs that are generated from the code. */
export async function writeDocs(): Promise<void> {
  const { errorCatalogue } = await import("@/server/error-catalogue");
  const text = await readFile("docs/errors.md", "utf8");
  await writeFile("docs/errors.md", replaceBlock(text, "errors", errorTable(errorCatalogue)));
}
