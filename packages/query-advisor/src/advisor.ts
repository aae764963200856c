import type { PlansAdvice, PlanSources } from "./types";
import { WeirError } from "@weir/core/errors";
import { advise, type Proposal, type StatementUse } from "./advice/advise";
import type { PlannedStatement } from "./advice/finding";
import type { PropertyOf } from "./advice/proposed-index";
import { isExplainable, readShape } from "./plan/statement-shape";
import { currentScope, runInScope } from "@weir/core/scope";
import { timerMs } from "@weir/core/timers";
import type { Explainer } from "./explainer";
import { readStatistics } from "./statistics";
import { DatabaseError } from "@weir/postgres/errors";

export type UsedStatement = StatementUse & { name: string };

export type AdvisorOptions = Pick<PlanSources, "statements" | "facts"> & {
  explainer: Explainer;
  /** Recent usage reported by the nodes; may fail. */
  used: () => Promise<readonly UsedStatement[]>;
  propertyOf: PropertyOf;
  unusedAfterMs: number;
  /** Wall clock in milliseconds. */
  now: () => number;
};

export type Advisor = {
  /** Advice from the last few minutes; `fresh` computes it again, unless that happened a moment ago. */
  advice: (fresh: boolean) => Promise<PlansAdvice>;
};

/** Statements that the advisor itself sends, transaction commands, and series beyond the cap. */
const ownNames = /^(?:plans\.|transaction\.|\(other\)$)/;

const maxStatements = 40;
const maxPretended = 10;
const budgetMs = 30_000;
const keepMs = 300_000;
const freshEnoughMs = 2_000;

/** Statements by total time, descending: as counted by Postgres if available, otherwise by the nodes. */
async function rankStatements({ statements, facts, used }: AdvisorOptions): Promise<Map<string, StatementUse>> {
  const uses = new Map<string, StatementUse>();
  const add = (name: string, { calls, totalMs }: StatementUse): void => {
    const before = uses.get(name) ?? { calls: 0, totalMs: 0 };
    uses.set(name, { calls: before.calls + calls, totalMs: before.totalMs + totalMs });
  };
  const counted = await readStatistics({ statements, facts }, { limit: 500 });
  if (counted.isAvailable) for (const row of counted.rows) if (row.statement !== null) add(row.statement, row);
  for (const { name, calls, totalMs } of await used().catch(() => [])) {
    if (!uses.has(name)) add(name, { calls, totalMs });
  }
  return new Map([...uses].toSorted(([, a], [, b]) => b.totalMs - a.totalMs));
}

function why(error: unknown): string {
  return error instanceof WeirError ? error.message : "Postgres did not respond.";
}

type Examined = { planned: PlannedStatement[]; skipped: PlansAdvice["skipped"] };

async function planAll(options: AdvisorOptions, names: readonly string[]): Promise<Examined> {
  const { explainer, statements, now } = options;
  const untilMs = now() + budgetMs;
  const planned: PlannedStatement[] = [];
  const skipped: PlansAdvice["skipped"] = [];
  for (const name of names) {
    const variants = Math.max(1, statements.textsOf(name).length);
    for (let variant = 0; variant < variants; variant += 1) {
      if (now() > untilMs) {
        skipped.push({ statement: name, why: "The time limit was reached." });
        continue;
      }
      try {
        const { plan } = await explainer.explain({ statement: name, variant, fresh: true });
        planned.push({ name, variant, plan });
      } catch (error) {
        if (error instanceof WeirError && error.code === "DATABASE_UNAVAILABLE") throw error;
        skipped.push({ statement: name, why: why(error) });
      }
    }
  }
  return { planned, skipped };
}

/** Uses HypoPG to estimate the effect of each index. Leaves `costAfter` null where it cannot. */
async function pretendEach({ explainer }: AdvisorOptions, proposals: readonly Proposal[]): Promise<void> {
  for (const { advice, pretend } of proposals.slice(0, maxPretended)) {
    if (pretend === null) continue;
    for (const statement of advice.statements.slice(0, 3)) {
      const named = { statement: statement.name, variant: statement.variant };
      statement.costAfter = await explainer.costWith(named, [pretend]).catch(() => null);
    }
  }
}

async function examine(options: AdvisorOptions): Promise<PlansAdvice> {
  const { statements, facts, propertyOf, unusedAfterMs, now } = options;
  const at = new Date(now()).toISOString();
  const uses = await rankStatements(options);
  // Without usage data, use every statement this node knows.
  const names = uses.size > 0 ? [...uses.keys()] : statements.all().map(({ name }) => name);
  const isExaminable = (name: string): boolean => {
    const [text] = statements.textsOf(name);
    return !ownNames.test(name) && (text === undefined || isExplainable(readShape(text)));
  };
  const wanted = [...new Set(names)].filter(isExaminable).slice(0, maxStatements);
  const { planned, skipped } = await planAll(options, wanted);
  const catalog = await facts.catalog();
  const proposals = advise({ planned, uses, catalog, unusedAfterMs, propertyOf });
  const { canPretend } = await facts.server();
  if (canPretend) await pretendEach(options, proposals);
  const advice = proposals.map((proposal) => proposal.advice);
  return { at, advice, examined: planned.length, skipped, countedForMs: catalog.countedForMs, canPretend };
}

/** Examines the most expensive statements in the background on request; concurrent callers share one run. */
export function createAdvisor(options: AdvisorOptions): Advisor {
  let last: { atMs: number; result: Promise<PlansAdvice> } | null = null;

  function run(): Promise<PlansAdvice> {
    // The run continues when the caller that started it disconnects.
    const request = { id: "plans.advice" };
    return runInScope({ request, origin: "job", procedure: null, deadlineAtMs: null }, () => examine(options));
  }

  return {
    advice: (fresh) => {
      const nowMs = options.now();
      const ageMs = last === null ? Infinity : nowMs - last.atMs;
      if (last === null || ageMs < 0 || ageMs >= (fresh ? freshEnoughMs : keepMs)) {
        const result = run();
        const current = { atMs: nowMs, result };
        last = current;
        result.catch(() => {
          if (last === current) last = null;
        });
      }
      return inTime(last.result);
    },
  };
}

/** Resolves like `work`, or rejects with DATABASE_TIMEOUT at the caller's deadline; the work continues. */
function inTime<Result>(work: Promise<Result>): Promise<Result> {
  const deadlineAtMs = currentScope()?.deadlineAtMs ?? null;
  if (deadlineAtMs === null) return work;
  return new Promise((resolve, reject) => {
    const onTimeout = (): void =>
      reject(
        new DatabaseError("DATABASE_TIMEOUT", {
          detail: "The analysis continues in the background; try again in a few seconds.",
        }),
      );
    const timer = setTimeout(onTimeout, timerMs(deadlineAtMs - performance.now()));
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
