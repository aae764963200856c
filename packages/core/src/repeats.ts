/** The properties of a span that are needed here; a `TraceSpan` has them. */
export type RepeatSpan = {
  readonly kind: string;
  readonly name: string;
  /** Index of its parent span. */
  readonly parent: number | null;
  readonly startMs: number;
  readonly durationMs: number;
  readonly background?: true;
};

/** A statement that ran repeatedly under one parent (N+1). */
export type Repeat = {
  statement: string;
  times: number;
  /** Total of waits for a connection and execution. */
  totalMs: number;
  /** (times − 1) × the median: the maximum that a single statement in their place would save, if they run sequentially. */
  wasteMs: number;
  /** Index of the span that they ran under. */
  parent: number;
  /** The procedure that ran them. */
  procedure: string;
  /** The cache group whose loads ran them; null where the procedure itself did. */
  group: string | null;
  /** True when one load ran all of them; false when each ran in a load or call of its own. */
  isWithinLoad: boolean;
  /** How to fix it, in words. */
  cure: string;
};

export const minRepeats = 5;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** How to fix a repeat, in a sentence or two. */
export function cureOf({ statement, times, procedure, group, isWithinLoad }: Omit<Repeat, "cure">): string {
  const again = `\`${statement}\` ran ${times} times`;
  const once = "Ask once: `inArray` over all of the keys, or a join with what the keys came from";
  if (group === null) {
    return `${again} in \`${procedure}\` itself. ${once}. Where the rows are worth keeping, give them a cache group with \`loadMany\` and read it with \`getMany\`.`;
  }
  if (isWithinLoad) return `${again} in one load of the group \`${group}\`. ${once}, within the load.`;
  return `${again} because \`${procedure}\` reads \`${group}\` key by key. Read all keys with one \`getMany\`, and give the group a \`loadMany\` that asks with \`inArray\`: one statement for all that the cache lacks.`;
}

type Found = { parent: number; group: string | null; isWithinLoad: boolean; statement: string; costs: number[] };

/** The load and the procedure that a span belongs to; null where there is none. */
function ancestors(spans: readonly RepeatSpan[], index: number): { load: number | null; call: number | null } {
  let load: number | null = null;
  for (let at = spans[index]?.parent ?? null; at !== null; at = spans[at]?.parent ?? null) {
    const span = spans[at];
    if (span?.kind === "load") load ??= at;
    // A refresh is not part of a loop of the call.
    if (span?.background === true) return { load, call: null };
    if (span?.kind === "procedure") return { load, call: at };
  }
  return { load, call: null };
}

/** The wait for the connection that a statement ran on, which ended when it began. */
function waitBefore(spans: readonly RepeatSpan[], index: number): number {
  const statement = spans[index];
  if (statement === undefined) return 0;
  for (let at = index - 1; at >= 0; at -= 1) {
    const span = spans[at];
    if (span === undefined || span.parent !== statement.parent || span.kind !== "pool") continue;
    if (Math.abs(span.startMs + span.durationMs - statement.startMs) < 0.003) return span.durationMs;
  }
  return 0;
}

/**
 * Finds statements that ran at least five times under one parent: within one load, or within one call, where the loads of
 * each cache group are counted separately. Each call of a batch is a parent of its own; BEGIN and COMMIT do not count.
 * Returns at most ten, the most wasteful first. `spans` must list the spans of one parent in the order of their start.
 */
export function findRepeats(spans: readonly RepeatSpan[], min = minRepeats): Repeat[] {
  const statements = spans.flatMap(({ kind, name }, index) =>
    kind === "statement" && !name.startsWith("transaction.") ? [index] : [],
  );
  if (statements.length < min) return [];
  const found = new Map<string, Found>();
  for (const index of statements) {
    const { load, call } = ancestors(spans, index);
    if (call === null) continue;
    const statement = spans[index]?.name ?? "";
    const cost = (spans[index]?.durationMs ?? 0) + waitBefore(spans, index);
    const group = load === null ? null : (spans[load]?.name ?? null);
    const add = (parent: number, isWithinLoad: boolean): void => {
      const key = `${parent} ${group ?? ""} ${statement}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { parent, group, isWithinLoad, statement, costs: [cost] });
      else known.costs.push(cost);
    };
    if (load !== null) add(load, true);
    add(call, false);
  }
  const many = [...found.values()].filter(({ costs }) => costs.length >= min);
  // Repeats within one load are reported once, for that load.
  const innermost = many.filter(
    (outer) => outer.isWithinLoad || !many.some((inner) => inner.isWithinLoad && isUnder(spans, inner, outer)),
  );
  return innermost
    .map((one) => toRepeat(spans, one))
    .toSorted((a, b) => b.wasteMs - a.wasteMs)
    .slice(0, 10);
}

function isUnder(spans: readonly RepeatSpan[], inner: Found, outer: Found): boolean {
  if (inner.statement !== outer.statement || inner.group !== outer.group) return false;
  for (let at: number | null = inner.parent; at !== null; at = spans[at]?.parent ?? null) {
    if (at === outer.parent) return true;
  }
  return false;
}

function toRepeat(spans: readonly RepeatSpan[], { parent, group, isWithinLoad, statement, costs }: Found): Repeat {
  let call: number | null = parent;
  while (call !== null && spans[call]?.kind !== "procedure") call = spans[call]?.parent ?? null;
  const repeat = {
    statement,
    times: costs.length,
    totalMs: costs.reduce((sum, cost) => sum + cost, 0),
    wasteMs: (costs.length - 1) * median(costs),
    parent,
    procedure: call === null ? "" : (spans[call]?.name ?? ""),
    group,
    isWithinLoad,
  };
  return { ...repeat, cure: cureOf(repeat) };
}
