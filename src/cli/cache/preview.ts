import type { Runtime } from "@/server/runtime";
import { showProgress } from "../progress";
import type { CommandResult, Invocation } from "../command";
import { table } from "../table";
import { readTarget } from "./target";

/** Generous limits, because the command shows its progress. */
export const longLook = { maxKeys: 50_000_000, maxMs: 120_000 };

export const ofAbout = ({ scanned, total }: { scanned: number; total: number }): string =>
  `${scanned} of about ${total} Redis keys`;

export const entryCount = (count: number): string => `${count} ${count === 1 ? "entry" : "entries"}`;

/** Shows how many entries an invalidation would affect. */
export async function previewAction(invocation: Invocation, open: () => Promise<Runtime>): Promise<CommandResult> {
  const { tags = [], keys = [], groups = [], all = false } = readTarget(invocation);
  const { cache } = await open();
  const progress = showProgress("Scanned", process.stderr);
  const look = await cache
    .preview(
      { tags, keys, groups, all },
      { ...longLook, onProgress: ({ scanned, total }) => progress.update(scanned, total) },
    )
    .finally(progress.end);
  const rows = look.byGroup.map(({ group, entries }) => [group, entries]);
  const counted = look.isExact
    ? `Would affect ${entryCount(look.entries)}.`
    : `Would affect about ${entryCount(look.estimate)}. Found ${look.entries} in ${ofAbout(look)}.`;
  const byGroup =
    rows.length === 0 ? "" : `\n${table([{ heading: "group" }, { heading: "entries", isNumber: true }], rows)}`;
  return { text: counted + byGroup, data: look };
}
