import type { InsightsOverview } from "../contract/overview";
import type { EvidenceLink, SentencePart, Verdict, VerdictLevel } from "../contract/verdicts";
import { share } from "./timing";

/** What there is to judge. */
export type Judged = Pick<InsightsOverview, "cache" | "procedures" | "statements" | "nodes" | "dropped">;
/** The same figures of the period before, as far as they are known; null when it was not asked for. */
export type JudgedBefore = {
  hitRatio: number | null;
  errorRatio: number | null;
  waitP95MsOf: (statement: string) => number | null;
} | null;

/** Fewer reads, or runs of a statement, are not judged: chance has too large a part in them. */
const fewest = 20;
const healthyHitRatio = 0.8;
const actFailedReads = 0.01;
const actFailedCalls = 0.05;
const watchWaitMs = 5;
const actWaitMs = 50;

const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`;
const link = (section: EvidenceLink["section"], name: string | null = null): EvidenceLink => ({ section, name });
const was = (part: SentencePart | null): SentencePart[] => (part === null ? [] : [" (was ", part, ")"]);
const ratioPart = (ratio: number | null): SentencePart | null => (ratio === null ? null : { ratio });

function judgeCache({ cache }: Judged, before: JudgedBefore): Verdict {
  const { reads, hitRatio, outcomes, loadsPer1000Reads } = cache;
  const verdict = (level: VerdictLevel, sentence: SentencePart[]): Verdict => ({
    subject: "Cache",
    level,
    sentence,
    rule: `Healthy from ${percent(healthyHitRatio)} of reads served without a load; act when ${percent(actFailedReads)} of reads fail.`,
    link: link("outcomes"),
  });
  if (hitRatio === null || reads < fewest) {
    return verdict("unknown", ["Too few reads to judge: ", { count: reads }, ` of ${fewest}.`]);
  }
  if (outcomes.error / reads >= actFailedReads) {
    return verdict("act", [{ ratio: outcomes.error / reads }, " of reads failed."]);
  }
  const loads: SentencePart[] =
    loadsPer1000Reads === null ? [] : ["; ", { count: loadsPer1000Reads }, " loads per 1000"];
  const served: SentencePart[] = [
    { ratio: hitRatio },
    " of reads without a load",
    ...was(ratioPart(before?.hitRatio ?? null)),
  ];
  return verdict(hitRatio >= healthyHitRatio ? "healthy" : "watch", [...served, ...loads, "."]);
}

function judgeErrors({ procedures }: Judged, before: JudgedBefore): Verdict {
  const sum = (column: "count" | "errors" | "refused"): number => procedures.reduce((all, row) => all + row[column], 0);
  const [calls, errors, refused] = [sum("count"), sum("errors"), sum("refused")];
  const worst = procedures.toSorted((a, b) => b.errors - a.errors)[0]?.name ?? null;
  const verdict = (level: VerdictLevel, sentence: SentencePart[], name: string | null = null): Verdict => ({
    subject: "Errors",
    level,
    sentence,
    rule: `Watch from the first call that the server failed; act from ${percent(actFailedCalls)}. NOT_FOUND and other refusals are answers.`,
    link: link("procedures", name),
  });
  if (calls === 0) return verdict("unknown", ["No calls in this range."]);
  if (errors === 0) {
    const others: SentencePart[] = refused === 0 ? [] : ["; ", { count: refused }, " were refused"];
    return verdict("healthy", ["None of ", { count: calls }, " calls failed", ...others, "."]);
  }
  const failed: SentencePart[] = [{ count: errors }, " of ", { count: calls }, " calls failed"];
  const most: SentencePart[] = [", most of ", worst === null ? "them" : { name: worst }, "."];
  const level = (share(errors, calls) ?? 0) < actFailedCalls ? "watch" : "act";
  return verdict(level, [...failed, ...was(ratioPart(before?.errorRatio ?? null)), ...most], worst);
}

function judgePool({ statements }: Judged, before: JudgedBefore): Verdict {
  const judged = statements.filter(({ count, waitP95Ms }) => count >= fewest && waitP95Ms !== null);
  const slowest = judged.toSorted((a, b) => (b.waitP95Ms ?? 0) - (a.waitP95Ms ?? 0))[0];
  const waitMs = slowest?.waitP95Ms ?? null;
  const verdict = (level: VerdictLevel, sentence: SentencePart[], name: string | null = null): Verdict => ({
    subject: "Pool",
    level,
    sentence,
    rule: `Of the statement that waits longest: healthy below ${watchWaitMs} ms at p95, act from ${actWaitMs} ms.`,
    link: link("statements", name),
  });
  if (waitMs === null || slowest === undefined) return verdict("unknown", [`No statement ran ${fewest} times.`]);
  const waitedMs = before?.waitP95MsOf(slowest.name) ?? null;
  return verdict(
    waitMs < watchWaitMs ? "healthy" : waitMs < actWaitMs ? "watch" : "act",
    [
      "Longest wait for a connection: p95 ",
      { durationMs: waitMs },
      ...was(waitedMs === null ? null : { durationMs: waitedMs }),
      " (",
      { name: slowest.name },
      ").",
    ],
    slowest.name,
  );
}

function judgeNodes({ nodes: known, dropped }: Judged): Verdict {
  const nodes = known.filter(({ standing }) => standing === "reporting" || standing === "silent");
  const silent = nodes.filter(({ standing }) => standing === "silent").length;
  const verdict = (level: VerdictLevel, sentence: SentencePart[]): Verdict => ({
    subject: "Nodes",
    level,
    sentence,
    rule: "Healthy while every node of the last 15 minutes reports, or was stopped in good order, and nothing was left out.",
    link: link("nodes"),
  });
  if (nodes.length === 0) {
    return verdict("unknown", [known.length === 0 ? "No node has reported yet." : "No node reports any more."]);
  }
  const lost: SentencePart[] = dropped === 0 ? [] : [" ", { count: dropped }, " measurements were left out."];
  const whole = nodes.length === 1 ? "The only node reports." : `All ${nodes.length} nodes report.`;
  const heard = silent === 0 ? whole : `${silent} of ${nodes.length} nodes are silent.`;
  return verdict(silent === 0 && dropped === 0 ? "healthy" : "watch", [heard, ...lost]);
}

/** What the figures mean, one judgement per subject, in one order; beside each figure what it was before, if known. */
export function judge(now: Judged, before: JudgedBefore = null): Verdict[] {
  return [judgeCache(now, before), judgeErrors(now, before), judgePool(now, before), judgeNodes(now)];
}
