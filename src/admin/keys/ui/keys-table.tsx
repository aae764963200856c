"use client";

import { CircleCheck, CircleSlash, History } from "lucide-react";
import type { ReactNode } from "react";
import type { CacheStanding } from "@/admin/keys/contract";
import { Button } from "@/ui/controls/button";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { formatCountdown } from "@/ui/format/lifetime";
import { formatBytes, formatCount } from "@/ui/format/numbers";
import { useNow } from "@/ui/hooks/timers";
import type { Column } from "@/ui/table/columns";
import { DataTable } from "@/ui/table/data-table";
import { describeReason } from "./key-words";
import { type KeyScan, maxRows, type ScannedKey } from "./use-key-scan";

const standings = {
  fresh: { Icon: CircleCheck, word: "fresh", color: "text-good" },
  stale: { Icon: History, word: "stale", color: "text-watch" },
  void: { Icon: CircleSlash, word: "not served", color: "text-muted" },
} as const;

/** Whether an entry is served, as icon and word. */
export function Standing({ of }: { of: CacheStanding }) {
  const { Icon, word, color } = standings[of.state];
  return (
    <span className="inline-flex items-center gap-1.5" title={of.reasons.map(describeReason).join(" ")}>
      <Icon aria-hidden size={13} className={`shrink-0 ${color}`} />
      <span>{word}</span>
    </span>
  );
}

/** What is left of a time to live, counted down. */
export function Countdown({ endsAtMs }: { endsAtMs: number }) {
  const nowMs = useNow(1_000);
  return <span className="tabular-nums">{endsAtMs <= nowMs ? "expired" : formatCountdown(endsAtMs - nowMs)}</span>;
}

const columns: readonly Column<ScannedKey>[] = [
  {
    id: "key",
    label: "Key",
    title: "As the group writes its keys; a long key is hashed",
    width: 200,
    value: ({ key }) => (key === "" ? "(empty)" : key),
  },
  { id: "group", label: "Group", title: "Name of the group", width: 150, isWideOnly: true, value: (row) => row.group },
  {
    id: "state",
    label: "State",
    title: "Whether a read is served with this entry",
    width: 104,
    align: "left",
    value: ({ state }) => state,
    cell: (row) => <Standing of={row} />,
  },
  {
    id: "ttl",
    label: "Expires in",
    title: "Time until Redis removes it",
    width: 96,
    value: ({ endsAtMs }) => endsAtMs,
    cell: ({ endsAtMs }) => <Countdown endsAtMs={endsAtMs} />,
  },
  {
    id: "size",
    label: "Size",
    title: "Memory used in Redis",
    width: 88,
    value: ({ sizeBytes }) => sizeBytes,
    format: formatBytes,
  },
  {
    id: "version",
    label: "Version",
    title: "Version of the group that wrote it",
    width: 72,
    isOptional: true,
    align: "right",
    value: ({ version }) => version,
  },
];

const byKey = { id: "key", desc: false };
const nameOf = ({ group, version, key }: ScannedKey): string => `${group}:${version}:${key}`;
const isVoid = ({ state }: ScannedKey): boolean => state === "void";

type Props = {
  prefix: string;
  scan: KeyScan;
  onOpen: (key: ScannedKey) => void;
  /** Controls beside the title. */
  actions: ReactNode;
  renderAction: (key: ScannedKey) => ReactNode;
};

/** The scanned keys. */
export function KeysTable({ prefix, scan, onOpen, actions, renderAction }: Props) {
  return (
    <div className="min-w-0">
      <DataTable
        name="keys"
        title="Keys"
        rows={scan.keys}
        columns={columns}
        sort={byKey}
        keyOf={nameOf}
        isDimmed={isVoid}
        onOpen={onOpen}
        renderAction={renderAction}
        actions={actions}
        {...(scan.error !== null && scan.keys === undefined
          ? { problem: <ProblemNotice cause={scan.error} onRetry={scan.again} isRetrying={scan.isScanning} /> }
          : {})}
        empty={{
          title: scan.isComplete ? `No key begins with “${prefix}”.` : "No key found yet.",
          children: scan.isComplete
            ? "Start with a group and a colon, for example note.byId:34. An entry may also be in the memory of a node only."
            : "The scan has not reached the end. Continue it below.",
        }}
      />
      <ScanBar scan={scan} />
    </div>
  );
}

/** How much of Redis the scan has passed, and its continuation. */
function ScanBar({ scan }: { scan: KeyScan }) {
  const { keys, scanned, total, isComplete, isScanning, isGoingOn } = scan;
  if (keys === undefined) return null;
  const isFull = keys.length >= maxRows;
  const share = isComplete || total === 0 ? 1 : Math.min(1, scanned / total);
  return (
    <div className="mt-3 border-t border-line pt-2.5" data-testid="coverage">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <p role="status" className="caption min-w-0 flex-1 tabular-nums">
          <span>
            {isComplete
              ? `${formatCount(keys.length)} keys. All ${formatCount(total)} keys in Redis were scanned.`
              : `${formatCount(keys.length)} keys so far. Scanned about ${formatCount(scanned)} of ${formatCount(total)} keys in Redis.`}
          </span>
          <span>
            {isFull && !isComplete ? ` The table holds ${formatCount(maxRows)}: narrow the prefix to see others.` : ""}
          </span>
        </p>
        {isComplete ? (
          <Button onClick={scan.again} isBusy={isScanning}>
            Scan again
          </Button>
        ) : isFull ? null : isGoingOn ? (
          <Button onClick={() => scan.setGoingOn(false)}>Stop</Button>
        ) : (
          <>
            <Button onClick={scan.next} isBusy={isScanning}>
              Continue
            </Button>
            <Button onClick={() => scan.setGoingOn(true)} isBusy={isScanning}>
              Scan to the end
            </Button>
          </>
        )}
      </div>
      <div aria-hidden className="mt-2 h-1 bg-sunken">
        <div className="h-full bg-accent" style={{ width: `${share * 100}%` }} />
      </div>
      {scan.error === null ? null : (
        <ProblemNotice cause={scan.error} title="The scan stopped" onRetry={scan.next} isRetrying={isScanning} />
      )}
    </div>
  );
}
