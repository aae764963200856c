import { CacheError } from "../contract/errors";
import type { EntryStatus, KeyDetail, KeysPage, KeySummary, MarkEpochs, ScanOptions } from "../contract/inspection";
import { decodeEntry, openBody } from "../redis/entry";
import { describeMark, familyOf, storable } from "../redis/names";
import { isRedacted, redactKey, redactReason } from "./redact";
import { type MarkSnapshot, marksOfEntry, readMarkSnapshot, statusInMemory, statusOfStored } from "./status";
import type { InspectionTools } from "./tools";
import { type NamedEntry, readCursor, readHeaders, showCursor, walkEntries, weigh } from "./walk";

const defaults = { maxKeys: 20_000, maxMs: 500 };
const maxStep = 2000;

export async function listKeys(
  tools: InspectionTools,
  { prefix = "", cursor, limit }: { prefix?: string; cursor?: string; limit: number },
  options: ScanOptions = {},
): Promise<KeysPage> {
  const found: NamedEntry[] = [];
  let steps = 0;
  let walkedKeys = 0;
  let lastStep = 0;
  // As many as will probably find what is missing: the finds of a step cannot be returned.
  const stepKeys = (): number => {
    walkedKeys += lastStep;
    steps += 1;
    const density = steps === 1 ? 1 : Math.max(found.length, 1) / Math.max(walkedKeys, 1);
    lastStep = Math.min(maxStep, Math.max(10, Math.ceil((limit - found.length) / density)));
    return lastStep;
  };
  const walk = { ...tools, ...defaults, ...options, prefix, cursor: readCursor(cursor), stepKeys };
  const { cursor: next, ...coverage } = await walkEntries(walk, (entries) => {
    found.push(...entries);
    return Promise.resolve(found.length < limit);
  });
  return {
    keys: await describeEach(tools, found),
    nextCursor: next === "0" ? null : showCursor(next),
    ...coverage,
  };
}

async function describeEach(tools: InspectionTools, entries: readonly NamedEntry[]): Promise<KeySummary[]> {
  if (entries.length === 0) return [];
  const { redis, keys, groups } = tools;
  const names = entries.map(({ name }) => name);
  const [headers, sizes, ttls] = await Promise.all([
    readHeaders(redis, names),
    weigh(redis, names),
    redis.send("PTTL", (client) => Promise.all(names.map((name) => client.pttl(name)))),
  ]);
  const described = entries.flatMap((entry, index) => {
    const header = headers[index];
    const sizeBytes = sizes[index];
    // Deleted since the walk passed it.
    if (!header || typeof sizeBytes !== "number") return [];
    return [{ entry, header, sizeBytes, ttlMs: ttls[index] ?? 0, marks: marksOfEntry(entry, header) }];
  });
  const snapshot = await readMarkSnapshot(redis, keys, new Set(described.flatMap(({ marks }) => marks)));
  return described.map(({ entry: { group, version, key }, header, sizeBytes, ttlMs, marks }) => {
    const isHidden = isRedacted(groups, group);
    const { state, reasons } = statusOfStored(header, marks, snapshot);
    return {
      group,
      version,
      key: isHidden ? redactKey(header.incarnation, group, key) : key,
      isHidden,
      ttlMs,
      sizeBytes,
      state,
      reasons: isHidden ? reasons.map(redactReason) : reasons,
    };
  });
}

const maxShownLength = 64 * 1024;

function toMarkEpochs(name: string, { marks }: MarkSnapshot, isHidden: boolean): MarkEpochs {
  const { purged = 0, expired = 0 } = marks.get(name) ?? {};
  const shown = describeMark(name);
  const mark = !isHidden || name.startsWith("g:") ? shown : name.startsWith("k:") ? "key" : familyOf(shown);
  return { mark, purgedEpoch: purged, expiredEpoch: expired };
}

/**
 * Everything about one key: what Redis and this node's memory hold, whether either would be served and, if not, which
 * invalidation or age prevents it. Includes the value only on request, and never for a sensitive group.
 */
export async function describeKey(
  tools: InspectionTools,
  { group, key, value: wantsValue = false }: { group: string; key: string; value?: boolean },
): Promise<KeyDetail> {
  const { redis, keys, groups, l1, fence, clock } = tools;
  const facts = groups.get(group);
  if (facts === undefined) throw new CacheError("CACHE_GROUP_UNKNOWN");
  const { version, isSensitive: isHidden, idPrefix } = facts;
  const stored = { group, version, key: storable(key), name: keys.entry(group, version, key) };
  const [text, ttlMs, sizeBytes] = await redis.send("GET", (client) =>
    Promise.all([client.get(stored.name), client.pttl(stored.name), client.memory("USAGE", stored.name)]),
  );
  const entry = text === null ? null : decodeEntry(text);
  const marks = entry === null ? [] : marksOfEntry(stored, entry);
  const snapshot = await readMarkSnapshot(redis, keys, new Set(marks));
  const shownReasons = ({ state, reasons }: EntryStatus): EntryStatus => ({
    state,
    reasons: isHidden ? reasons.map(redactReason) : reasons,
  });
  const held = l1.peek(idPrefix + key);
  const nowMs = clock.now();
  const json = entry !== null && wantsValue && !isHidden ? await openBody(entry) : undefined;
  return {
    group,
    version,
    key: isHidden ? redactKey(snapshot.clock?.incarnation ?? "", group, stored.key) : key,
    isHidden,
    epoch: snapshot.clock?.epoch ?? null,
    appliedEpoch: fence.applied,
    stored: entry && {
      ...shownReasons(statusOfStored(entry, marks, snapshot)),
      epoch: entry.epoch,
      freshUntilMs: Math.round(entry.freshUntilMs),
      usableUntilMs: Math.round(entry.usableUntilMs),
      ttlMs,
      sizeBytes: sizeBytes ?? 0,
      loadMs: entry.loadMs,
      encoding: entry.encoding,
      marks: marks.map((mark) => toMarkEpochs(mark, snapshot, isHidden)),
    },
    memory:
      held === undefined
        ? null
        : {
            ...shownReasons(statusInMemory(tools, group, held)),
            checkedEpoch: held.checkedEpoch,
            freshForMs: Math.max(0, Math.round(held.freshUntilMs - nowMs)),
            usableForMs: Math.max(0, Math.round(held.usableUntilMs - nowMs)),
            sizeBytes: held.sizeBytes,
          },
    ...(json === undefined
      ? {}
      : { value: { json: json.slice(0, maxShownLength), isCut: json.length > maxShownLength } }),
  };
}
