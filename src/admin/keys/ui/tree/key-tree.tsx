"use client";

import { ChevronDown, ChevronRight, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import type { CacheGroupInspection } from "@/admin/keys/contract";
import { formatBytes, formatCount, readAloud } from "@/ui/format/numbers";
import { ForOperators } from "../for-operators";
import type { KeyScan } from "../use-key-scan";
import { branchesOf, groupOf, pathOf, type PrefixNode } from "./prefix-tree";

type Props = {
  /** Undefined while they load. */
  groups: readonly CacheGroupInspection[];
  prefix: string;
  scan: KeyScan;
  onChoose: (prefix: string) => void;
  onDelete: (prefix: string) => void;
};

const maxBranches = 60;

type GroupNode = PrefixNode & { isSensitive: boolean };

function toNodes(groups: readonly CacheGroupInspection[]): GroupNode[] {
  const nodes = new Map<string, GroupNode>();
  for (const { group, entries, bytes, isSensitive } of groups) {
    const known = nodes.get(group);
    nodes.set(group, {
      prefix: `${group}:`,
      label: group,
      keys: (known?.keys ?? 0) + entries,
      bytes: (known?.bytes ?? 0) + bytes,
      isSensitive: isSensitive || known?.isSensitive === true,
    });
  }
  return [...nodes.values()].toSorted((a, b) => b.keys - a.keys || (a.label < b.label ? -1 : 1));
}

/**
 * The key space as a tree: the groups, below the chosen one the path to the chosen prefix, and below that its branches.
 * Counts below a group are those of the keys scanned so far.
 */
export function KeyTree({ groups, prefix, scan, onChoose, onDelete }: Props) {
  const path = pathOf(prefix);
  const chosenGroup = groupOf(prefix);
  const nodes = toNodes(groups);
  const known = nodes.some(({ label }) => label === chosenGroup);
  const branches = branchesOf(prefix, scan.keys ?? []);
  const shown = branches.slice(0, maxBranches);
  const below = (depth: number): ReactNode => {
    const step = path[depth];
    if (step === undefined) {
      return shown.length === 0 ? null : (
        <ul>
          {shown.map((node) => (
            <li key={node.prefix}>
              <Node node={node} depth={depth} state="closed" onChoose={onChoose} onDelete={onDelete} />
            </li>
          ))}
          {branches.length > shown.length ? (
            <li className="caption py-1 pl-6">{`and ${branches.length - shown.length} smaller branches`}</li>
          ) : null}
        </ul>
      );
    }
    const isChosen = depth === path.length - 1;
    return (
      <ul>
        <li>
          <Node
            node={{ ...step, keys: isChosen ? (scan.keys?.length ?? 0) : 0, bytes: 0 }}
            depth={depth}
            state={isChosen ? "chosen" : "open"}
            onChoose={onChoose}
            onDelete={onDelete}
          />
          {below(depth + 1)}
        </li>
      </ul>
    );
  };
  return (
    <nav aria-label="Key space" className="min-w-0">
      <ul className="text-[13px]">
        {nodes.map((node) => {
          const isOpen = node.label === chosenGroup;
          return (
            <li key={node.prefix}>
              <Node
                node={node}
                depth={0}
                state={!isOpen ? "closed" : path.length === 1 ? "chosen" : "open"}
                onChoose={onChoose}
                onDelete={onDelete}
              />
              {isOpen ? below(1) : null}
            </li>
          );
        })}
        {known || chosenGroup === null ? null : <li>{below(0)}</li>}
      </ul>
    </nav>
  );
}

type NodeProps = {
  node: PrefixNode;
  depth: number;
  /** `open`: above the chosen prefix. */
  state: "closed" | "open" | "chosen";
  onChoose: (prefix: string) => void;
  onDelete: (prefix: string) => void;
};

/** Indentation by depth; deeper levels stay at the last one. */
const indents = ["pl-0", "pl-4", "pl-8", "pl-12", "pl-16"] as const;

function Node({ node, depth, state, onChoose, onDelete }: NodeProps) {
  const Chevron = state === "closed" ? ChevronRight : ChevronDown;
  const isChosen = state === "chosen";
  return (
    <div
      className={`group flex items-center gap-1 rounded ${indents[Math.min(depth, indents.length - 1)] ?? ""} ${isChosen ? "bg-accent-soft" : "hover:bg-sunken"}`}
    >
      <button
        type="button"
        aria-expanded={state !== "closed"}
        aria-current={isChosen ? "true" : undefined}
        title={node.prefix}
        className="flex h-8 min-w-0 flex-1 items-center gap-1 text-left"
        onClick={() => onChoose(isChosen && depth === 0 ? "" : node.prefix)}
      >
        <Chevron aria-hidden size={13} className="shrink-0 text-muted" />
        <span className="min-w-0 flex-1 truncate font-mono text-[12.5px]">{node.label}</span>
        {node.keys === 0 && state === "open" ? null : (
          <span
            className="shrink-0 text-muted tabular-nums"
            title={node.bytes === 0 ? undefined : readAloud(formatBytes(node.bytes))}
          >
            {formatCount(node.keys)}
          </span>
        )}
      </button>
      <ForOperators
        label={`Delete ${node.prefix}…`}
        Icon={Trash2}
        className="pointer-fine:opacity-0 group-focus-within:opacity-100 group-hover:opacity-100"
        onClick={() => onDelete(node.prefix)}
      />
    </div>
  );
}
