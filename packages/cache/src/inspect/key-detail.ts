import { openBody } from "../body";
import { decodeEntry } from "../entry";
import { describeMark, storable } from "../names";
import { judgeMemory } from "./memory";
import { veilReason } from "./keys-page";
import { judgeStanding, marksOfEntry, type Moment, readMoment } from "./standing";
import type { InspectionTools } from "./tools";
import type { KeyDetail, MarkLook, Standing } from "./types";
import { familyOf, veil } from "./veil";
import { CacheError } from "../errors";

const mostShown = 64 * 1024;

function toMarkLook(name: string, { marks }: Moment, isHidden: boolean): MarkLook {
  const { purged = 0, expired = 0 } = marks.get(name) ?? {};
  const shown = describeMark(name);
  const mark = !isHidden || name.startsWith("g:") ? shown : name.startsWith("k:") ? "key" : familyOf(shown);
  return { mark, purgedEpoch: purged, expiredEpoch: expired };
}

/**
 * Everything about one key: what Redis and this node's memory hold of it, whether either would be served and, if not,
 * which invalidation or age is in the way. The value only where it is asked for and the group is not sensitive.
 */
export async function lookAtKey(
  tools: InspectionTools,
  { group, key, value: wantsValue = false }: { group: string; key: string; value?: boolean },
): Promise<KeyDetail> {
  const { redis, keys, groups, l1, fence, clock } = tools;
  const facts = groups.get(group);
  if (facts === undefined) throw new CacheError("CACHE_GROUP_UNKNOWN");
  const { version, isSensitive: isHidden, idPrefix } = facts;
  const stored = { group, version, key: storable(key), name: keys.entry(group, version, key) };
  const [text, ttlMs, sizeBytes] = await redis.ask("GET", (client) =>
    Promise.all([client.get(stored.name), client.pttl(stored.name), client.memory("USAGE", stored.name)]),
  );
  const entry = text === null ? null : decodeEntry(text);
  const bears = entry === null ? [] : marksOfEntry(stored, entry);
  const moment = await readMoment(redis, keys, new Set(bears));
  const shownReasons = ({ state, reasons }: Standing): Standing => ({
    state,
    reasons: isHidden ? reasons.map(veilReason) : reasons,
  });
  const held = l1.peek(idPrefix + key);
  const nowMs = clock.now();
  const json = entry !== null && wantsValue && !isHidden ? await openBody(entry) : undefined;
  return {
    group,
    version,
    key: isHidden ? veil(moment.clock?.incarnation ?? "", group, stored.key) : key,
    isHidden,
    epoch: moment.clock?.epoch ?? null,
    appliedEpoch: fence.applied,
    stored: entry && {
      ...shownReasons(judgeStanding(entry, bears, moment)),
      epoch: entry.epoch,
      freshUntilMs: Math.round(entry.freshUntilMs),
      usableUntilMs: Math.round(entry.usableUntilMs),
      ttlMs,
      sizeBytes: sizeBytes ?? 0,
      loadMs: entry.loadMs,
      encoding: entry.encoding,
      marks: bears.map((name) => toMarkLook(name, moment, isHidden)),
    },
    memory:
      held === undefined
        ? null
        : {
            ...shownReasons(judgeMemory(tools, group, held)),
            checkedEpoch: held.checkedEpoch,
            freshForMs: Math.max(0, Math.round(held.freshUntilMs - nowMs)),
            usableForMs: Math.max(0, Math.round(held.usableUntilMs - nowMs)),
            sizeBytes: held.sizeBytes,
          },
    ...(json === undefined ? {} : { value: { json: json.slice(0, mostShown), isCut: json.length > mostShown } }),
  };
}
