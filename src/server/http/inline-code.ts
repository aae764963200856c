import { createHash } from "node:crypto";

/** The sources of a policy that allow exactly what stands in a page. */
export type InlineCode = { scripts: string[]; styles: string[] };

const sha256 = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** The hash of each inline element of this name, of none that names a file or holds data only. */
function hashesOf(html: string, name: "script" | "style"): string[] {
  const found = html.matchAll(new RegExp(`<${name}\\b([^>]*)>([\\s\\S]*?)</${name}>`, "gi"));
  const inline = [...found].filter(([, attributes = ""]) => !/\ssrc=|\stype="application\//i.test(attributes));
  return [...new Set(inline.map(([, , text = ""]) => sha256(text)))];
}

/** Reads a page as the build wrote it. */
export function inlineCodeOf(html: string): InlineCode {
  return { scripts: hashesOf(html, "script"), styles: hashesOf(html, "style") };
}
