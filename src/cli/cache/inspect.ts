import type { CacheReason } from "@/admin/keys/contract";
import type { KeyDetail } from "@weir/cache";
import { printableInLine } from "@/server/log/printable";
import type { Runtime } from "@/server/runtime";
import { showProgress } from "../progress";
import { type CommandResult, type Invocation, textOption, UsageError, wholeOption } from "../command";
import { bytes, duration, table } from "../table";
import { longLook, ofAbout } from "./preview";
import { readKey } from "./target";

type Look = (invocation: Invocation, open: () => Promise<Runtime>) => Promise<CommandResult>;

const number = (heading: string) => ({ heading, isNumber: true });
const word = (heading: string) => ({ heading });
const when = (atMs: number | null): string => (atMs === null ? "-" : new Date(atMs).toISOString());
const why = ({ cause, mark, epoch }: Readonly<CacheReason>): string =>
  [cause, mark ?? "", epoch === null ? "" : `at epoch ${epoch}`].filter((part) => part !== "").join(" ");

/** Runs a long scan with its progress on stderr. */
async function watched<Result>(
  look: (
    options: typeof longLook & { onProgress: (at: { scanned: number; total: number }) => void },
  ) => Promise<Result>,
): Promise<Result> {
  const progress = showProgress("Scanned", process.stderr);
  const onProgress = ({ scanned, total }: { scanned: number; total: number }): void => progress.update(scanned, total);
  return look({ ...longLook, onProgress }).finally(progress.end);
}

const groups: Look = async (_invocation, open) => {
  const { cache } = await open();
  const look = await watched((options) => cache.inspect.groups(options));
  const rows = look.groups.map(({ group, version, definition, entries, bytes: size, invalidatedAtMs, isSensitive }) => [
    group + (isSensitive ? " (sensitive)" : ""),
    version,
    definition === null ? "not defined" : duration(definition.freshMs),
    definition === null ? "-" : duration(definition.staleMs),
    definition?.negativeMs ? duration(definition.negativeMs) : "-",
    entries,
    bytes(size),
    when(invalidatedAtMs),
  ]);
  const columns = [
    word("group"),
    number("version"),
    word("fresh"),
    word("stale"),
    word("negative"),
    number("entries"),
    number("size"),
    word("invalidated"),
  ];
  return { text: `${table(columns, rows)}\nScanned ${ofAbout(look)}.`, data: look };
};

const tags: Look = async (_invocation, open) => {
  const { cache } = await open();
  const look = await watched((options) => cache.inspect.tags(options));
  const rows = look.families.map(({ family, entries, invalidations, busiest }) => [
    family,
    entries,
    invalidations,
    busiest
      .slice(0, 3)
      .map(({ tag, entries: count }) => `${tag} (${count})`)
      .join(", "),
  ]);
  const columns = [word("family"), number("entries"), number("invalidations"), word("busiest")];
  return { text: `${table(columns, rows)}\nScanned ${ofAbout(look)}.`, data: look };
};

const keys: Look = async (invocation, open) => {
  const [, , prefix = ""] = invocation.positionals;
  const limit = wholeOption(invocation, "limit") ?? 50;
  if (limit < 1 || limit > 10_000) throw new UsageError("--limit must be from 1 to 10000.");
  const cursor = textOption(invocation, "cursor");
  const { cache } = await open();
  const request = { prefix, limit, ...(cursor === undefined ? {} : { cursor }) };
  const page = await watched((options) => cache.inspect.keys(request, options));
  const rows = page.keys.map(({ group, version, key, state, ttlMs, sizeBytes }) => [
    `${group}:${key}`,
    version,
    state,
    duration(ttlMs),
    bytes(sizeBytes),
  ]);
  const columns = [word("key"), number("version"), word("state"), number("ttl"), number("size")];
  const next = page.nextCursor === null ? "No more keys." : `For the next page: --cursor ${page.nextCursor}`;
  return { text: `${table(columns, rows)}\nScanned ${ofAbout(page)}. ${next}`, data: page };
};

const key: Look = async (invocation, open) => {
  const [, , text] = invocation.positionals;
  if (text === undefined) throw new UsageError("Specify a key: cache inspect key GROUP:KEY");
  const value = invocation.values["value"] === true;
  const { cache } = await open();
  const detail = await cache.inspect.key({ ...readKey(text), value });
  return { text: describeKey(detail, value), data: { ok: detail.stored !== null, ...detail } };
};

function describeKey({ group, version, key: name, epoch, stored, value, isHidden }: KeyDetail, asked: boolean): string {
  const head = `${printableInLine(`${group}:${name}`)}, version ${version}`;
  if (stored === null) return `${head}\nRedis has no entry for this key.`;
  const marks = stored.marks.map(({ mark, purgedEpoch, expiredEpoch }) => [
    mark,
    purgedEpoch || "-",
    expiredEpoch || "-",
  ]);
  const lines = [
    head,
    `${stored.state}${stored.reasons.length === 0 ? "" : `: ${stored.reasons.map(why).join("; ")}`}`,
    `loaded at epoch ${stored.epoch} in ${duration(stored.loadMs)}; current epoch ${epoch ?? "-"}`,
    `fresh until ${when(stored.freshUntilMs)}, usable until ${when(stored.usableUntilMs)}`,
    `${bytes(stored.sizeBytes)}, ${stored.encoding}; expires in Redis in ${duration(stored.ttlMs)}`,
    table([word("depends on"), number("purged at"), number("expired at")], marks),
  ];
  if (value !== undefined) lines.push(value.json + (value.isCut ? "…" : ""));
  else if (asked && isHidden) lines.push("This group is sensitive, so its values are not shown.");
  return lines.join("\n");
}

const hot: Look = async (invocation, open) => {
  const limit = wholeOption(invocation, "limit") ?? 20;
  if (limit < 1 || limit > 100) throw new UsageError("--limit must be from 1 to 100.");
  const { cache } = await open();
  const look = await cache.inspect.hotKeys(limit);
  const rows = look.keys.map(({ group, key: name, reads, atLeast, atMost, readsPerSecond }) => [
    `${group}:${name}`,
    readsPerSecond.toFixed(1),
    reads,
    `${atLeast} to ${atMost}`,
  ]);
  const columns = [word("key"), number("reads/s"), number("reads"), word("range")];
  return {
    text: `${table(columns, rows)}\nIn the last minute, from ${look.nodesHeard} nodes. Any other key was read at most ${look.othersAtMost} times.`,
    data: look,
  };
};

const looks = new Map<string, Look>(Object.entries({ groups, tags, keys, key, hot }));

export const inspectAction: Look = async (invocation, open) => {
  const [, what = "groups", ...more] = invocation.positionals;
  const look = looks.get(what);
  const maxWords = what === "keys" || what === "key" ? 1 : 0;
  if (look === undefined || more.length > maxWords) {
    throw new UsageError(`cache inspect takes one of ${[...looks.keys()].join(", ")}.`);
  }
  return look(invocation, open);
};
