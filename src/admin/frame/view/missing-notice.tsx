"use client";

import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { InsightsStatus } from "@/admin/insights/contract/overview";
import { When } from "@/ui/format/when";
import type { Live } from "./use-live";
import type { View } from "./use-view";

const maxNamed = 3;

/** One line per thing that is missing; nothing while everything is there. */
function linesOf(
  { nodes, troubles }: InsightsStatus,
  chosen: readonly string[] | null,
): { key: string; text: ReactNode }[] {
  const silent = (nodes ?? []).filter(({ id, standing }) => standing === "silent" && (chosen?.includes(id) ?? true));
  const lines: { key: string; text: ReactNode }[] = troubles.map(({ label, state, detail }) => ({
    key: label,
    text: (
      <span>
        <strong className="font-medium">{`${label} is ${state}`}</strong>
        <span>{detail === "" ? "." : `: ${detail}`}</span>
      </span>
    ),
  }));
  if (nodes === null) {
    lines.push({ key: "nodes", text: "Redis holds the reports of the nodes: which nodes are running is unknown." });
  }
  for (const node of silent.slice(0, maxNamed)) {
    lines.push({
      key: node.id,
      text: (
        <span>
          <span className="font-mono text-[13px] font-medium">{node.id}</span> is silent, last report{" "}
          <When at={node.lastSeenAt} />. Its part of the metrics since then is missing.
        </span>
      ),
    });
  }
  if (silent.length > maxNamed) {
    lines.push({ key: "more", text: `${silent.length - maxNamed} more nodes are silent.` });
  }
  return lines;
}

/** What is missing from every metric of the page: stores that are down, nodes that are silent. The rest stays visible. */
export function MissingNotice({ view, status }: { view: View; status: Live<InsightsStatus> }) {
  const lines = status.data === undefined ? [] : linesOf(status.data, view.nodes);
  return (
    <div role="status" data-testid="missing">
      {lines.length === 0 ? null : (
        <ul className="-mx-4 space-y-1 border-b border-line bg-sunken px-4 py-2 sm:-mx-6 sm:px-6">
          {lines.map(({ key, text }) => (
            <li key={key} className="flex items-start gap-2">
              <TriangleAlert aria-hidden size={15} className="mt-0.5 shrink-0 text-watch" />
              <p className="min-w-0 [overflow-wrap:anywhere]">{text}</p>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
