import type { CachePrefixDeleted } from "@/admin/keys/contract";
import type { Runtime } from "@/server/runtime";
import { showProgress } from "../progress";
import { commandLine } from "../actor";
import { type CommandResult, type Invocation, textOption, UsageError } from "../command";
import { invalidateAction } from "./invalidate";
import { entryCount, longLook } from "./preview";
import { readMode } from "./target";

/** Deletes a prefix, or the targets given by --tag, --key, --group and --all. */
export async function deleteAction(invocation: Invocation, open: () => Promise<Runtime>): Promise<CommandResult> {
  const prefix = textOption(invocation, "prefix");
  if (prefix === undefined) return invalidateAction(invocation, open);
  const others = ["tag", "key", "group", "all"].filter((name) => invocation.values[name] !== undefined);
  if (others.length > 0) throw new UsageError(`--prefix cannot be combined with --${others.join(", --")}.`);
  if (!/^[\w.-]{1,100}:/u.test(prefix)) {
    throw new UsageError("--prefix must start with a group and a colon, for example order.byId:4");
  }
  const mode = readMode(invocation);
  const runtime = await open();
  return invocation.values["dry-run"] === true ? countPrefix(runtime, prefix) : deletePrefix(runtime, { prefix, mode });
}

async function deletePrefix(
  { services }: Runtime,
  request: { prefix: string; mode: "purge" | "expire" },
): Promise<CommandResult> {
  const progress = showProgress("Scanned", process.stderr);
  let deleted = 0;
  let scanned = 0;
  let part: CachePrefixDeleted | undefined;
  try {
    do {
      // Sequential on purpose: each call is bounded.
      part = await services.invalidation.deletePrefix({ ...request, cursor: part?.nextCursor }, commandLine);
      deleted += part.deleted;
      scanned += part.coverage.scanned;
      progress.update(Math.min(scanned, part.coverage.total), part.coverage.total);
    } while (part.nextCursor !== null);
  } finally {
    progress.end();
  }
  return { text: `Deleted ${entryCount(deleted)}.`, data: { deleted, epoch: part.epoch } };
}

async function countPrefix({ cache }: Runtime, prefix: string): Promise<CommandResult> {
  const progress = showProgress("Scanned", process.stderr);
  let entries = 0;
  let scanned = 0;
  let cursor: string | null = null;
  try {
    do {
      const request: { prefix: string; limit: number; cursor?: string } = { prefix, limit: 1000 };
      if (cursor !== null) request.cursor = cursor;
      // As above.
      const page = await cache.inspect.keys(request, longLook);
      entries += page.keys.filter(({ state }) => state !== "void").length;
      scanned += page.scanned;
      progress.update(Math.min(scanned, page.total), page.total);
      cursor = page.nextCursor;
    } while (cursor !== null);
  } finally {
    progress.end();
  }
  return { text: `Would delete ${entryCount(entries)}.`, data: { entries } };
}
