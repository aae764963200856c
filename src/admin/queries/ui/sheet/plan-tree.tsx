import type { PlanNode } from "@/admin/queries/contract";
import { formatBytes, formatCount, formatDuration, formatFixed, formatShare, readAloud } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import { shareOf } from "./plan-notes";

/** An estimate that is off by this factor is marked. */
const markedError = 10;

const rowWords = (count: number): string => `${formatCount(count)} ${count === 1 ? "row" : "rows"}`;

function RowsOf({ rows }: Pick<PlanNode, "rows">) {
  const { estimated, actual, loops, errorFactor, error } = rows;
  if (loops === 0) return <span className="text-muted">never ran</span>;
  if (actual === null) return <span>{`${rowWords(estimated)} expected`}</span>;
  const isWrong = errorFactor !== null && errorFactor >= markedError;
  return (
    <span>
      <span>{rowWords(actual)}</span>
      <span className={`ml-2 ${isWrong ? "font-medium text-watch" : "text-muted"}`}>
        {error === "exact" || errorFactor === null
          ? "as expected"
          : `${formatCount(estimated)} expected, ${formatFixed(errorFactor, errorFactor < 9.95 ? 1 : 0)}× too ${error === "under" ? "few" : "many"}`}
      </span>
    </span>
  );
}

/** The details of a step, one per line. */
function linesOf({ conditions, sortKeys, traits, rows, buffers, memory, alias, name, relation }: PlanNode): string[] {
  const lines = conditions.map((one) => `${one.name}: ${one.text}`);
  if (sortKeys.length > 0) lines.push(`Sort by ${sortKeys.join(", ")}`);
  lines.push(...traits.map((trait) => `${trait.name}: ${trait.value}`));
  if (name !== null) lines.push(`Named ${name}`);
  if (alias !== null && relation?.endsWith(`.${alias}`) !== true) lines.push(`Alias ${alias}`);
  if (rows.removed !== null && rows.removed > 0)
    lines.push(`${formatCount(rows.removed)} rows removed by its conditions`);
  if (rows.loops !== null && rows.loops > 1) lines.push(`Ran ${formatCount(rows.loops)} times; rows are per run`);
  if (buffers !== null) {
    lines.push(`${formatCount(buffers.hit)} pages from shared buffers, ${formatCount(buffers.read)} read`);
  }
  if (memory !== null) {
    lines.push(
      `${memory.method}, ${readAloud(formatBytes(memory.kilobytes * 1_024))} ${memory.isOnDisk ? "on disk" : "in memory"}`,
    );
  }
  return lines;
}

/** One step with the steps below it. The bar is the part of the plan's time, or cost, that the step takes itself. */
export function PlanTree({ node }: { node: PlanNode }) {
  const share = shareOf(node);
  const isNever = node.rows.loops === 0;
  return (
    <div id={`plan-step-${node.id}`} className={isNever ? "text-muted" : ""}>
      <div className="grid grid-cols-[1fr_auto] items-baseline gap-x-4 border-t border-line py-1.5">
        <div className="min-w-0">
          <p className="[overflow-wrap:anywhere]">
            <span className="font-medium">{node.type}</span>
            {node.relation === null ? null : <span className="ml-1.5 font-mono text-[12.5px]">{node.relation}</span>}
            {node.index === null ? null : (
              <span className="ml-1.5 text-muted">
                <span>using </span>
                <span className="font-mono text-[12.5px]">{node.index}</span>
              </span>
            )}
            {node.role === null || node.role === "Outer" ? null : (
              <span className="caption ml-2">{node.role.toLowerCase()}</span>
            )}
          </p>
          <p className="caption tabular-nums">
            <RowsOf rows={node.rows} />
          </p>
          {linesOf(node).map((line) => (
            <p key={line} className="caption font-mono [overflow-wrap:anywhere]">
              {line}
            </p>
          ))}
        </div>
        <div className="w-28 text-right">
          <p className="tabular-nums">
            {node.time === null ? (
              <span title="Cost of this step alone, in the planner's unit">
                <span>{formatCount(node.cost.self)}</span>
                <span className="caption ml-1">cost</span>
              </span>
            ) : (
              <span title="Time of this step alone, over all of its runs">
                <Reading of={formatDuration(node.time.selfMs)} />
              </span>
            )}
          </p>
          <div className="flex items-center gap-2">
            <span aria-hidden className="h-2 flex-1 bg-sunken">
              <span
                className={`block h-full ${share >= 0.5 ? "bg-watch" : "bg-accent"}`}
                style={{ width: `${share * 100}%` }}
              />
            </span>
            <Reading of={formatShare(share)} className="caption w-12" />
          </div>
        </div>
      </div>
      {node.children.length === 0 ? null : (
        <ul className="ml-1.5 border-l border-line-strong pl-3 sm:ml-2.5 sm:pl-4">
          {node.children.map((child) => (
            <li key={child.id}>
              <PlanTree node={child} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
