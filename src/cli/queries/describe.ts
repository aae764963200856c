import type { Advice, ExplainedStatement, PlanNode, PlansAdvice, PlansStatistics } from "@/admin/queries/contract";
import { bytes, duration, table } from "../table";

const number = (heading: string) => ({ heading, isNumber: true });
const word = (heading: string) => ({ heading });
const ms = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(0));
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const shortened = (text: string): string => {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
};

export function statisticsText(statistics: PlansStatistics): string {
  if (!statistics.isAvailable) {
    return ["pg_stat_statements is not enabled. To enable it:", ...statistics.howTo.map((step) => `- ${step}`)].join(
      "\n",
    );
  }
  const rows = statistics.rows.map(
    ({ statement, text, calls, totalMs, meanMs, maxMs, share, rows: found, blocksRead }) => [
      statement ?? shortened(text ?? "(a command)"),
      calls,
      ms(totalMs),
      percent(share),
      ms(meanMs),
      ms(maxMs),
      found,
      blocksRead,
    ],
  );
  const columns = [
    word("statement"),
    number("calls"),
    number("total ms"),
    number("share"),
    number("mean ms"),
    number("max ms"),
    number("rows"),
    number("pages read"),
  ];
  return `${table(columns, rows)}\nCounted by Postgres for all clients since ${statistics.since ?? "an unknown time"}.`;
}

/** The table row of a step, and the lines below it. */
type Lines = { row: (string | number)[]; below: string[] };

function* lines(node: PlanNode, depth: number): Generator<Lines> {
  const { type, relation, index, rows, cost, time, conditions, sortKeys } = node;
  const what = [type, relation === null ? "" : `on ${relation}`, index === null ? "" : `by ${index}`];
  const factor = rows.errorFactor;
  const sorted = sortKeys.length === 0 ? [] : [{ name: "Sort Key", text: sortKeys.join(", ") }];
  yield {
    row: [
      `${"  ".repeat(depth)}${what.filter((part) => part !== "").join(" ")}`,
      Math.round(rows.estimated),
      rows.actual === null ? "-" : Math.round(rows.actual),
      factor === null ? "-" : `×${factor.toFixed(1)}`,
      cost.self.toFixed(1),
      percent(cost.selfShare),
      time === null ? "-" : time.selfMs.toFixed(2),
    ],
    below: [...conditions, ...sorted].map(({ name, text }) => `${"  ".repeat(depth + 2)}${name}: ${text}`),
  };
  for (const child of node.children) yield* lines(child, depth + 1);
}

function treeText(root: PlanNode, columns: Parameters<typeof table>[0]): string {
  const steps = [...lines(root, 0)];
  const [head = "", ...rows] = table(
    columns,
    steps.map(({ row }) => row),
  ).split("\n");
  return [head, ...rows.flatMap((row, place) => [row, ...(steps[place]?.below ?? [])])].join("\n");
}

const kinds = {
  none: "The statement has no parameters.",
  generic: "Generic plan, for any values.",
  sampled: "Plan for the last values sent, which are not shown.",
};

export function explainText({
  statement,
  text,
  values,
  plan,
  isMeasured,
  variants,
  variant,
}: ExplainedStatement): string {
  const columns = [
    word("step"),
    number("rows, estimated"),
    number("rows, actual"),
    number("off by"),
    number("self cost"),
    number("share"),
    number("self ms"),
  ];
  const measured = isMeasured
    ? ` Planning took ${ms(plan.planningMs ?? 0)} ms, execution ${ms(plan.executionMs ?? 0)} ms.`
    : "";
  const which = variants > 1 ? ` (text ${variant} of 0 to ${variants - 1})` : "";
  return [`${statement}${which}`, text, "", treeText(plan.root, columns), "", `${kinds[values]}${measured}`].join("\n");
}

function describe({ rule, confidence, reasons, sql, drizzle, sizeBytes, isSizeEstimated, statements }: Advice): string {
  const size = `${isSizeEstimated ? "about " : ""}${bytes(sizeBytes)}`;
  const costs = statements.map(
    ({ name, costBefore, costAfter }) =>
      `  ${name}: cost ${costBefore.toFixed(0)}${costAfter === null ? "" : ` → ${costAfter.toFixed(0)} (HypoPG)`}`,
  );
  return [
    `${rule}, confidence ${confidence}, ${size}`,
    ...reasons.map((reason) => `  ${reason}`),
    ...costs,
    ...sql.map((statement) => `  ${statement};`),
    `  ${drizzle}`,
  ].join("\n");
}

export function adviceText({ advice, examined, skipped, countedForMs, canPretend }: PlansAdvice): string {
  const counted =
    countedForMs === null
      ? "The start of the index usage statistics is unknown."
      : `Index usage has been counted for ${duration(countedForMs)}.`;
  return [
    ...advice.map((one) => `${describe(one)}\n`),
    advice.length === 0 ? "No advice." : "None of this is applied automatically.",
    `Examined ${examined} plans. ${counted}${canPretend ? "" : " Install HypoPG to estimate the gain of an index before you create it."}`,
    ...skipped.map(({ statement, why }) => `Skipped: ${statement}. ${why}`),
  ].join("\n");
}
