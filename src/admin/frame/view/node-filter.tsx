"use client";

import type { InsightNode } from "@/admin/insights/contract/overview";
import { Menu, menuItemLook } from "@/ui/controls/menu";
import { When } from "@/ui/format/when";
import type { View } from "./use-view";

const maxDots = 12;

const dotOf = (node: InsightNode): string =>
  node.standing === "silent"
    ? "border border-line-strong"
    : node.standing === "reporting"
      ? "bg-good"
      : "bg-line-strong";

/** The nodes as dots, silent ones hollow, and the choice of those whose metrics are shown. */
export function NodeFilter({ view, nodes }: { view: View; nodes: readonly InsightNode[] | null }) {
  const chosen = view.nodes;
  const current = nodes?.filter(({ standing }) => standing === "reporting" || standing === "silent") ?? [];
  const isShown = (id: string): boolean => chosen?.includes(id) ?? true;
  // Nodes of the URL that have stopped can still be deselected.
  const listed = [
    ...current,
    ...(nodes ?? []).filter(({ id }) => chosen?.includes(id) === true && !current.some((node) => node.id === id)),
  ];
  const silent = current.filter(({ standing }) => standing === "silent").length;
  const count =
    chosen === null
      ? `${current.length} ${current.length === 1 ? "node" : "nodes"}`
      : `${chosen.length} of ${Math.max(chosen.length, listed.length)} nodes`;
  const label = silent === 0 ? count : `${count}, ${silent} silent`;

  function toggle(id: string): void {
    const next = listed.map((node) => node.id).filter((other) => (other === id ? !isShown(id) : isShown(other)));
    view.setNodes(next.length === 0 || next.length === listed.length ? null : next);
  }

  if (nodes === null) return null;
  return (
    <Menu
      label={`Nodes: ${label}`}
      triggerClassName={`flex h-8 items-center gap-1.5 rounded border border-transparent px-1.5 text-xs hover:border-line ${chosen === null ? "text-muted" : "border-line bg-sunken font-medium"}`}
      trigger={
        <span data-testid="nodes" className="flex items-center gap-1.5">
          <span aria-hidden className="flex gap-1 max-md:hidden">
            {current.slice(0, maxDots).map((node) => (
              <span
                key={node.id}
                title={node.id}
                className={`size-2 rounded-full ${dotOf(node)} ${isShown(node.id) ? "" : "opacity-30"}`}
              />
            ))}
          </span>
          <span>{label}</span>
        </span>
      }
    >
      {listed.length === 0 ? <p className="max-w-64 px-3 py-1 text-muted">No node reports.</p> : null}
      <div className="max-h-80 overflow-y-auto">
        {listed.map((node) => (
          <label
            key={node.id}
            className={`flex min-h-8 cursor-pointer items-center gap-2.5 px-3 py-1 hover:bg-sunken ${node.standing === "reporting" ? "" : "text-muted"}`}
          >
            <input
              type="checkbox"
              className="size-4 shrink-0 accent-accent"
              checked={isShown(node.id)}
              onChange={() => toggle(node.id)}
            />
            <span className="max-w-64 truncate font-mono text-[13px]">{node.id}</span>
            <span className="caption ml-auto pl-4">
              <span>{node.standing === "reporting" ? "reporting" : `${node.standing}, last report `}</span>
              {node.standing === "reporting" ? null : <When at={node.lastSeenAt} />}
            </span>
          </label>
        ))}
      </div>
      {chosen === null ? null : (
        <button type="button" data-closes className={menuItemLook} onClick={() => view.setNodes(null)}>
          Show all nodes
        </button>
      )}
    </Menu>
  );
}
