import type { ExplainedStatement, PlanLimits, PlanSources, PlanValues } from "./types";
import { WeirError } from "@weir/core/errors";
import { type Plan, stepsOf } from "./plan/plan-tree";
import { readPlan } from "./plan/read-plan";
import { isExplainable, isPlainRead, readShape, type StatementShape, withoutEnd } from "./plan/statement-shape";
import { AdvisorError } from "./errors";
import { DatabaseError } from "@weir/postgres/errors";

type Named = { statement: string; variant: number };
type Question = Named & {
  /** Bypasses the cached plan. */
  fresh: boolean;
};

export type Explainer = {
  /** The result is at most `keepMs` old unless `fresh` is set. */
  explain: (question: Question) => Promise<ExplainedStatement>;
  /** Runs the statement. Awaits `onAllowed` after all checks have passed, right before running. */
  analyze: (named: Named, onAllowed: () => Promise<void>) => Promise<ExplainedStatement>;
  /** The cost of the plan with these hypothetical indexes; null if Postgres cannot tell. */
  costWith: (named: Named, indexes: readonly string[]) => Promise<number | null>;
};

export type ExplainerOptions = PlanSources & {
  limits: PlanLimits;
  /** Wall clock in milliseconds. */
  now: () => number;
  /** Plans with sampled values even where Postgres supports generic plans. */
  isSampledAlways?: boolean;
};

const firstVersionWithGenericPlans = 16;
const maxKept = 200;
const maxQueued = 20;

/** The values to plan a statement with, and where they come from. */
type PlanInput = { values: PlanValues; sent: readonly unknown[] | null };

/** All texts in a raw plan, which include the names of the functions it calls. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const notAnalyzable = (detail: string): WeirError => new AdvisorError("STATEMENT_NOT_ANALYZABLE", { detail });

/** Runs one EXPLAIN at a time, in a read-only transaction with its own timeouts. */
export function createExplainer(options: ExplainerOptions): Explainer {
  const { explain, statements, facts, limits, now, isSampledAlways = false } = options;
  const inTurn = createOneAtATime(maxQueued);
  const kept = new Map<string, { atMs: number; result: Promise<ExplainedStatement> }>();

  const sampled = ({ sentText }: KnownStatement): PlanInput => {
    const sent = statements.valuesOf(sentText);
    if (sent !== null) return { values: "sampled", sent };
    throw new AdvisorError("STATEMENT_VALUES_UNKNOWN", {
      detail: "Values are kept when this node sends the statement, before Postgres 16 or with STATEMENT_VALUES=on.",
    });
  };
  const inputFor = (known: KnownStatement, version: number): PlanInput => {
    if (known.shape.parameters === 0) return { values: "none", sent: null };
    const isGeneric = version >= firstVersionWithGenericPlans && !isSampledAlways;
    return isGeneric ? { values: "generic", sent: null } : sampled(known);
  };

  async function ask(
    { text, shape }: KnownStatement,
    { values, sent }: PlanInput,
    more: { analyze?: boolean; hypotheticalIndexes?: string[] },
  ) {
    const hasValues = values === "sampled";
    const { explainTimeoutMs, analyzeTimeoutMs, lockTimeoutMs } = limits;
    const statementTimeoutMs = more.analyze === true ? analyzeTimeoutMs : explainTimeoutMs;
    const request = { text, placeholders: shape.parameters, values: sent, statementTimeoutMs, lockTimeoutMs, ...more };
    const found = await inTurn(() => explain(request)).catch((error: unknown) => {
      throw toExplainFailure(error, { hasValues });
    });
    return { raw: found.plan, hypothetical: found.hypothetical, plan: planOf(found.plan, hasValues) };
  }

  function planOf(raw: unknown, redact: boolean): Plan {
    const plan = readPlan(raw, { redact });
    if (plan === null)
      throw new AdvisorError("STATEMENT_NOT_EXPLAINABLE", { detail: "Postgres returned no valid plan." });
    return plan;
  }

  const toExplained = (known: KnownStatement, values: PlanValues, version: number, plan: Plan): ExplainedStatement => ({
    statement: known.name,
    variant: known.variant,
    variants: known.variants,
    text: known.text,
    values,
    isMeasured: plan.root.time !== null,
    at: new Date(now()).toISOString(),
    serverVersion: version,
    plan,
  });

  async function explainNow(known: KnownStatement): Promise<ExplainedStatement> {
    const { version } = await facts.server();
    const input = inputFor(known, version);
    const { plan } = await ask(known, input, {});
    return toExplained(known, input.values, version, plan);
  }

  function forget(nowMs: number): void {
    for (const [key, { atMs }] of kept) {
      if (kept.size > maxKept || nowMs < atMs || nowMs - atMs >= limits.keepMs) kept.delete(key);
    }
  }

  /** Rejects anything but a read. The read-only transaction would reject most of it too. */
  async function assertReads({ text }: KnownStatement, raw: unknown, plan: Plan): Promise<void> {
    for (const { type } of stepsOf(plan.root)) {
      if (type === "ModifyTable") throw notAnalyzable("The statement writes rows.");
      if (type === "LockRows") throw notAnalyzable("The statement locks rows.");
    }
    const inPlan = textsIn(raw).flatMap((part) => readShape(part).functions);
    const names = [...new Set([...readShape(text).functions, ...inPlan])];
    const found = await facts.functionsWithEffects(names);
    if (found.length > 0) throw notAnalyzable(`The statement calls ${found.join(", ")}, which may have side effects.`);
  }

  return {
    explain: async ({ fresh, ...named }) => {
      const known = await findStatement(options, named);
      const nowMs = now();
      forget(nowMs);
      const key = `${known.variant} ${known.variants} ${known.name} ${known.text}`;
      const before = kept.get(key);
      if (before !== undefined && !fresh) return before.result;
      const result = explainNow(known);
      kept.set(key, { atMs: nowMs, result });
      result.catch(() => {
        if (kept.get(key)?.result === result) kept.delete(key);
      });
      return result;
    },

    analyze: async (named, onAllowed) => {
      const known = await findStatement(options, named);
      const { version } = await facts.server();
      if (!isPlainRead(known.shape)) {
        throw notAnalyzable(`The statement starts with ${known.shape.command.toUpperCase()} or creates a table.`);
      }
      const before = await ask(known, inputFor(known, version), {});
      await assertReads(known, before.raw, before.plan);
      const input = known.shape.parameters === 0 ? inputFor(known, version) : sampled(known);
      await onAllowed();
      const { plan } = await ask(known, input, { analyze: true });
      return toExplained(known, input.values, version, plan);
    },

    costWith: async (named, indexes) => {
      const known = await findStatement(options, named);
      const { version } = await facts.server();
      const { hypothetical } = await ask(known, inputFor(known, version), { hypotheticalIndexes: [...indexes] });
      return readPlan(hypothetical)?.root.cost.total ?? null;
    },
  };
}

export type KnownStatement = {
  name: string;
  variant: number;
  variants: number;
  /** Without a trailing semicolon. */
  text: string;
  /** As sent; the key for its sampled values. */
  sentText: string;
  shape: StatementShape;
};

/** The store ends truncated texts with this mark. */
const cutMark = " …";

/**
 * Finds a statement by its recorded name: as sent by this process, otherwise as stored by a node.
 * @throws WeirError STATEMENT_UNKNOWN, STATEMENT_NOT_EXPLAINABLE
 */
async function findStatement(
  { statements, facts }: Pick<PlanSources, "statements" | "facts">,
  { statement: name, variant }: { statement: string; variant: number },
): Promise<KnownStatement> {
  const own = statements.textsOf(name);
  const stored = own.length === 0 ? await facts.storedText(name) : null;
  const texts = stored === null ? own : [stored];
  const sentText = texts[variant];
  if (sentText === undefined) throw new AdvisorError("STATEMENT_UNKNOWN");
  if (stored !== null && stored.endsWith(cutMark)) {
    throw new AdvisorError("STATEMENT_NOT_EXPLAINABLE", { detail: "The text was too long to be stored in full." });
  }
  const text = withoutEnd(sentText);
  const shape = readShape(text);
  if (!isExplainable(shape)) {
    const detail = shape.isSingle
      ? `The statement starts with ${shape.command.toUpperCase()}.`
      : "The text contains more than one command.";
    throw new AdvisorError("STATEMENT_NOT_EXPLAINABLE", { detail });
  }
  return { name, variant, variants: texts.length, text, sentText, shape };
}

/** Runs one task at a time, in the order of the calls. */
export type OneAtATime = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Rejects with DATABASE_BUSY at once if `limit` tasks are already waiting. */
function createOneAtATime(limit: number): OneAtATime {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    if (waiting >= limit) return Promise.reject(new DatabaseError("DATABASE_BUSY"));
    waiting += 1;
    const turn = last.then(work);
    last = turn
      .catch(() => undefined)
      .finally(() => {
        waiting -= 1;
      });
    return turn;
  };
}

type Reported = { code: string; message: string };

function reportedBy(error: unknown): Reported | null {
  if (typeof error !== "object" || error === null || !("code" in error) || !("message" in error)) return null;
  const { code, message } = error;
  return typeof code === "string" && /^[\dA-Z]{5}$/.test(code) ? { code, message: String(message) } : null;
}

/** Advice for some Postgres error codes. */
const hints: Readonly<Record<string, string>> = {
  "42P18": "Cast the placeholder to a type, such as $1::int.",
  "42P08": "Cast the placeholder to a type, such as $1::int.",
  "42725": "Cast the placeholder to a type, such as $1::int.",
  "42501": "Weir's database role lacks read access to some of the tables.",
  "42P01": "The text was recorded in another schema or before a migration.",
};

/**
 * The error for a caller when Postgres returns no plan. With `hasValues` the message is left out, because it may
 * contain a statement value.
 */
function toExplainFailure(error: unknown, { hasValues }: { hasValues: boolean }): unknown {
  const reported = error instanceof WeirError ? null : reportedBy(error);
  if (reported === null) return error;
  const { code, message } = reported;
  if (code === "55P03") {
    return new DatabaseError("DATABASE_TIMEOUT", { detail: "A table was locked by another statement.", cause: error });
  }
  const summary = hasValues ? `Postgres reported ${code}.` : `Postgres reported ${code}: ${message}.`;
  const detail = [summary, hints[code] ?? ""].join(" ").trim();
  return new AdvisorError("STATEMENT_NOT_EXPLAINABLE", { detail, cause: error });
}
