import type { InsightsOverview } from "@/contracts/insights";
import { lowSampleLimit } from "../charts/outcomes-prepare";
import { formatCount, formatDuration, formatFixed, formatShare, readAloud } from "../ui/figures";
import { isGone, isSilent } from "./nodes";

export type VerdictLevel = "healthy" | "watch" | "act" | "unknown";

/** A judgement in one sentence, with the rule it follows and where its evidence is. */
export type Verdict = { subject: string; level: VerdictLevel; sentence: string; rule: string; evidenceId: string };

function judgeCache({ cache }: InsightsOverview): Verdict {
  const { reads, hitRatio, outcomes, loadsPer1000Reads } = cache;
  const verdict = (level: VerdictLevel, sentence: string): Verdict => ({
    subject: "Cache",
    level,
    sentence,
    rule: "Healthy from 80 % of reads served without a load; act when 1 % of reads fail.",
    evidenceId: "outcomes",
  });
  if (hitRatio === null || reads < lowSampleLimit) {
    return verdict("unknown", `Too few reads to judge: ${formatCount(reads)} of ${lowSampleLimit}.`);
  }
  if (outcomes.error / reads >= 0.01)
    return verdict("act", `${readAloud(formatShare(outcomes.error / reads))} of reads failed.`);
  const loads = loadsPer1000Reads === null ? "" : `; ${formatFixed(loadsPer1000Reads, 0)} loads per 1000`;
  return verdict(
    hitRatio >= 0.8 ? "healthy" : "watch",
    `${readAloud(formatShare(hitRatio))} of reads without a load${loads}.`,
  );
}

function judgeErrors({ procedures }: InsightsOverview): Verdict {
  const calls = procedures.reduce((sum, row) => sum + row.count, 0);
  const errors = procedures.reduce((sum, row) => sum + row.errors, 0);
  const refused = procedures.reduce((sum, row) => sum + row.refused, 0);
  const worst = procedures.toSorted((a, b) => b.errors - a.errors)[0];
  const level = calls === 0 ? "unknown" : errors === 0 ? "healthy" : errors / calls < 0.05 ? "watch" : "act";
  const sentence =
    calls === 0
      ? "No calls in this range."
      : errors === 0
        ? `None of ${formatCount(calls)} calls failed${refused === 0 ? "" : `; ${formatCount(refused)} were refused`}.`
        : `${formatCount(errors)} of ${formatCount(calls)} calls failed, most of ${worst?.name ?? "them"}.`;
  return {
    subject: "Errors",
    level,
    sentence,
    rule: "Watch from the first call that the server failed; act from 5 %. NOT_FOUND and other refusals are answers.",
    evidenceId: "procedures",
  };
}

function judgePool({ statements }: InsightsOverview): Verdict {
  const judged = statements.filter(({ count, waitP95Ms }) => count >= lowSampleLimit && waitP95Ms !== null);
  const slowest = judged.toSorted((a, b) => (b.waitP95Ms ?? 0) - (a.waitP95Ms ?? 0))[0];
  const waitMs = slowest?.waitP95Ms ?? null;
  const level = waitMs === null ? "unknown" : waitMs < 5 ? "healthy" : waitMs < 50 ? "watch" : "act";
  return {
    subject: "Pool",
    level,
    sentence:
      waitMs === null || slowest === undefined
        ? `No statement ran ${lowSampleLimit} times.`
        : `Longest wait for a connection: p95 ${readAloud(formatDuration(waitMs))} (${slowest.name}).`,
    rule: "Of the statement that waits longest: healthy below 5 ms at p95, act from 50 ms.",
    evidenceId: "statements",
  };
}

function judgeNodes({ nodes: known, asOf, dropped }: InsightsOverview): Verdict {
  const nodes = known.filter((node) => !isGone(node, asOf));
  const silent = nodes.filter((node) => isSilent(node, asOf)).length;
  const isWhole = silent === 0 && dropped === 0;
  const lost = dropped === 0 ? "" : ` ${formatCount(dropped)} measurements were left out.`;
  const heard = nodes.length === 1 ? "The only node reports." : `All ${nodes.length} nodes report.`;
  return {
    subject: "Nodes",
    level: nodes.length === 0 ? "unknown" : isWhole ? "healthy" : "watch",
    sentence:
      nodes.length === 0
        ? "No node has reported yet."
        : `${silent === 0 ? heard : `${silent} of ${nodes.length} nodes are silent.`}${lost}`,
    rule: "Healthy while every node of the last 15 minutes reports and nothing was left out.",
    evidenceId: "outcomes",
  };
}

/** What the figures mean, one judgement per subject, in one order. */
export function judge(overview: InsightsOverview): Verdict[] {
  return [judgeCache(overview), judgeErrors(overview), judgePool(overview), judgeNodes(overview)];
}
