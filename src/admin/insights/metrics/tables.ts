import type { NodeFigures } from "../contract/nodes";
import type { TablePage, TableQuestion } from "../contract/table";
import type {
  InsightsGroups,
  InsightsProcedures,
  InsightsRedis,
  InsightsStatements,
  InsightsTags,
} from "../contract/tables";
import type { TelemetryTotals } from "@weir/telemetry";
import { rowsBefore, toPeriodBefore } from "./comparison";
import { databaseTimeSaved, savedFormula, toGroups, toTagFamilies } from "./groups";
import { coveredMs, reportedOf, toPeriod } from "./period-answer";
import { pickPage } from "./pick-page";
import { callDurations, toProcedures } from "./procedures";
import { toBreakers, toRedisCommands } from "./redis";
import { cutText, toStatements } from "./statements";

type Question = TableQuestion;
const nameOfRow = ({ name }: { name: string }): string => name;
const covered = (seen: TelemetryTotals): number => coveredMs(seen, reportedOf(seen));
const periodOf = (seen: TelemetryTotals) => toPeriod(seen, reportedOf(seen));
const beforeOf = (before: TelemetryTotals | null) => before && toPeriodBefore(before, reportedOf(before));

export function toProceduresTable(
  seen: TelemetryTotals,
  before: TelemetryTotals | null,
  question: Question,
): InsightsProcedures {
  const { rows, ...page } = pickPage(toProcedures(seen.series.rpc, covered(seen)), question, nameOfRow);
  const rowBefore = rowsBefore(before, (name, { series }) => {
    const one = series.rpc.get(name);
    return one === undefined ? null : callDurations(one);
  });
  return {
    ...periodOf(seen),
    ...page,
    rows: rows.map((row) => ({ ...row, before: rowBefore(row.name) })),
    capped: seen.capped.rpc,
    before: beforeOf(before),
  };
}

export function toStatementsTable(
  seen: TelemetryTotals,
  before: TelemetryTotals | null,
  question: Question,
): InsightsStatements {
  const { rows, ...page } = pickPage(toStatements(seen, covered(seen)), question, nameOfRow);
  const rowBefore = rowsBefore(before, (name, { series }) => series.sql.get(name)?.durations ?? null);
  return {
    ...periodOf(seen),
    ...page,
    rows: rows.map((row) => ({ ...row, text: cutText(row.text), before: rowBefore(row.name) })),
    capped: seen.capped.sql,
    before: beforeOf(before),
  };
}

export function toGroupsTable(seen: TelemetryTotals, question: Question): InsightsGroups {
  const groups = toGroups(seen.series.cache, covered(seen));
  return {
    ...periodOf(seen),
    ...pickPage(groups, question, ({ group }) => group),
    capped: seen.capped.cache,
    databaseTimeSavedMs: databaseTimeSaved(seen.series.cache.values()),
    databaseTimeSavedFormula: savedFormula,
  };
}

export function toTagsTable(seen: TelemetryTotals, question: Question): InsightsTags {
  const families = toTagFamilies(seen.series.tag, covered(seen));
  const page: Omit<TablePage<(typeof families)[number]>, "capped"> = pickPage(families, question, (row) => row.family);
  return { ...periodOf(seen), ...page, capped: seen.capped.tag };
}

export function toRedisTable(seen: TelemetryTotals, nodes: readonly NodeFigures[], question: Question): InsightsRedis {
  return {
    ...periodOf(seen),
    ...pickPage(toRedisCommands(seen.series.redis, covered(seen)), question, nameOfRow),
    capped: seen.capped.redis,
    breakers: toBreakers(seen.series.redis, nodes),
  };
}
