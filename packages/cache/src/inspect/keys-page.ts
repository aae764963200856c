import { weigh } from "./groups";
import { judgeStanding, marksOfEntry, readMoment } from "./standing";
import { readHeaders } from "./stored-header";
import type { InspectionTools } from "./tools";
import type { KeyLook, KeysPage, LookOptions, Reason } from "./types";
import { familyOf, isVeiled, veil } from "./veil";
import { type NamedEntry, readCursor, showCursor, walkEntries } from "./walk";

const defaults = { mostKeys: 20_000, withinMs: 500 };
const longestStep = 2000;

export async function lookAtKeys(
  tools: InspectionTools,
  { prefix = "", cursor, limit }: { prefix?: string; cursor?: string; limit: number },
  options: LookOptions = {},
): Promise<KeysPage> {
  const found: NamedEntry[] = [];
  let steps = 0;
  let walkedKeys = 0;
  let lastStep = 0;
  // As many as will probably bring what is missing: a step's finds cannot be given back.
  const stepKeys = (): number => {
    walkedKeys += lastStep;
    steps += 1;
    const density = steps === 1 ? 1 : Math.max(found.length, 1) / Math.max(walkedKeys, 1);
    lastStep = Math.min(longestStep, Math.max(10, Math.ceil((limit - found.length) / density)));
    return lastStep;
  };
  const walk = { ...tools, ...defaults, ...options, prefix, cursor: readCursor(cursor), stepKeys };
  const { cursor: next, ...coverage } = await walkEntries(walk, (entries) => {
    found.push(...entries);
    return Promise.resolve(found.length < limit);
  });
  return {
    keys: await lookAtEach(tools, found),
    nextCursor: next === "0" ? null : showCursor(next),
    ...coverage,
  };
}

async function lookAtEach(tools: InspectionTools, entries: readonly NamedEntry[]): Promise<KeyLook[]> {
  if (entries.length === 0) return [];
  const { redis, keys, groups } = tools;
  const names = entries.map(({ name }) => name);
  const [headers, sizes, ttls] = await Promise.all([
    readHeaders(redis, names),
    weigh(tools, names),
    redis.ask("PTTL", (client) => Promise.all(names.map((name) => client.pttl(name)))),
  ]);
  const bearing = entries.flatMap((entry, index) => {
    const header = headers[index];
    const sizeBytes = sizes[index];
    // Gone since the walk passed it.
    if (!header || typeof sizeBytes !== "number") return [];
    return [{ entry, header, sizeBytes, ttlMs: ttls[index] ?? 0, bears: marksOfEntry(entry, header) }];
  });
  const moment = await readMoment(redis, keys, new Set(bearing.flatMap(({ bears }) => bears)));
  return bearing.map(({ entry: { group, version, key }, header, sizeBytes, ttlMs, bears }) => {
    const isHidden = isVeiled(groups, group);
    const { state, reasons } = judgeStanding(header, bears, moment);
    return {
      group,
      version,
      key: isHidden ? veil(header.incarnation, group, key) : key,
      isHidden,
      ttlMs,
      sizeBytes,
      state,
      reasons: isHidden ? reasons.map(veilReason) : reasons,
    };
  });
}

/** Names no key, and of a tag its family. */
export function veilReason(reason: Reason): Reason {
  const { mark } = reason;
  if (mark === null || mark === "*" || mark.startsWith("group:")) return reason;
  return { ...reason, mark: mark.startsWith("key:") ? "key" : familyOf(mark) };
}
