import type {
  EvidenceLink,
  InsightServiceNote,
  InsightsOverview,
  InsightTrouble,
  SentencePart,
  Verdict,
  VerdictLevel,
} from "../contract/overview";
import { describeSkew } from "@weir/core/shared-clock";
import { share } from "./timing";

/** The metrics to judge. */
export type Judged = Pick<InsightsOverview, "cache" | "procedures" | "statements" | "nodes" | "dropped"> & {
  troubles?: readonly InsightTrouble[];
  serviceNotes?: readonly InsightServiceNote[];
};
/** The same metrics of the previous period; null if not requested. */
export type JudgedBefore = {
  hitRatio: number | null;
  errorRatio: number | null;
  waitP95MsOf: (statement: string) => number | null;
} | null;

/** Fewer reads or runs of a statement are not judged: chance would decide. */
const minSamples = 20;
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
    rule: `Healthy from ${percent(healthyHitRatio)} of reads without a load; critical from ${percent(actFailedReads)} of failed reads.`,
    link: link("outcomes"),
  });
  if (hitRatio === null || reads < minSamples) {
    return verdict("unknown", ["Too few reads to judge: ", { count: reads }, ` of ${minSamples}.`]);
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
    rule: `Warning from the first server error; critical from ${percent(actFailedCalls)} of calls. Client errors such as NOT_FOUND do not count.`,
    link: link("procedures", name),
  });
  if (calls === 0) return verdict("unknown", ["No calls in this range."]);
  if (errors === 0) {
    const others: SentencePart[] = refused === 0 ? [] : ["; ", { count: refused }, " were rejected"];
    return verdict("healthy", ["None of ", { count: calls }, " calls failed", ...others, "."]);
  }
  const failed: SentencePart[] = [{ count: errors }, " of ", { count: calls }, " calls failed"];
  const most: SentencePart[] = [", most of ", worst === null ? "them" : { name: worst }, "."];
  const level = (share(errors, calls) ?? 0) < actFailedCalls ? "watch" : "act";
  return verdict(level, [...failed, ...was(ratioPart(before?.errorRatio ?? null)), ...most], worst);
}

function judgePool({ statements }: Judged, before: JudgedBefore): Verdict {
  const judged = statements.filter(({ count, waitP95Ms }) => count >= minSamples && waitP95Ms !== null);
  const slowest = judged.toSorted((a, b) => (b.waitP95Ms ?? 0) - (a.waitP95Ms ?? 0))[0];
  const waitMs = slowest?.waitP95Ms ?? null;
  const verdict = (level: VerdictLevel, sentence: SentencePart[], name: string | null = null): Verdict => ({
    subject: "Pool",
    level,
    sentence,
    rule: `By the statement with the longest wait: healthy below ${watchWaitMs} ms at p95, critical from ${actWaitMs} ms.`,
    link: link("statements", name),
  });
  if (waitMs === null || slowest === undefined)
    return verdict("unknown", [`No statement ran at least ${minSamples} times.`]);
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
    rule: "Healthy while every node of the last 15 minutes is reporting or shut down cleanly, no clock is off by more than 10 s, and no measurements were dropped.",
    link: link("nodes"),
  });
  if (nodes.length === 0) {
    return verdict("unknown", [known.length === 0 ? "No nodes have reported yet." : "No nodes are reporting."]);
  }
  const clocks = nodes.flatMap(({ id, clockSkewMs }) =>
    clockSkewMs === null
      ? []
      : [` The clock of ${id} is ${describeSkew(clockSkewMs)} ${clockSkewMs > 0 ? "ahead" : "behind"}.`],
  );
  const lost: SentencePart[] = dropped === 0 ? [] : [" ", { count: dropped }, " measurements were dropped."];
  const whole = nodes.length === 1 ? "The only node is reporting." : `All ${nodes.length} nodes are reporting.`;
  const heard = silent === 0 ? whole : `${silent} of ${nodes.length} nodes are silent.`;
  const isHealthy = silent === 0 && dropped === 0 && clocks.length === 0;
  return verdict(isHealthy ? "healthy" : "watch", [heard, ...clocks.slice(0, 3), ...lost]);
}

function judgeStores({ troubles = [] }: Judged): Verdict[] {
  if (troubles.length === 0) return [];
  return [
    {
      subject: "Stores",
      level: troubles.some(({ isCritical }) => isCritical) ? "act" : "watch",
      sentence: troubles.map(({ label, state, detail }, at) => `${at > 0 ? " " : ""}${label} is ${state}: ${detail}`),
      rule: "As seen by the responding node. Critical while Postgres cannot be used; otherwise a warning.",
      link: link("nodes"),
    },
  ];
}

function judgeServices({ serviceNotes = [] }: Judged): Verdict[] {
  if (serviceNotes.length === 0) return [];
  return [
    {
      subject: "Services",
      level: serviceNotes.some(({ isDown }) => isDown) ? "act" : "watch",
      sentence: [serviceNotes.map(({ text }) => text).join(" ")],
      rule: "The Postgres and Redis that Weir runs itself. Critical while one is down; a warning for an hour after a restart, and while the disk is nearly full.",
      link: link("nodes"),
    },
  ];
}

/** Judges the metrics: one verdict for each subject, with the previous values if known. */
export function judge(now: Judged, before: JudgedBefore = null): Verdict[] {
  return [
    ...judgeStores(now),
    ...judgeServices(now),
    judgeCache(now, before),
    judgeErrors(now, before),
    judgePool(now, before),
    judgeNodes(now),
  ];
}
