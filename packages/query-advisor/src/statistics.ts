import type { CountedStatement, PlanSources, PlansStatistics, StatementStatistics } from "./types";
import { isExplainable, normaliseStatement, readShape } from "./plan/statement-shape";

/** Rows read when filtering for one statement. */
const maxRead = 500;

const howToLoad = [
  "In postgresql.conf, or the parameters of a managed server, set shared_preload_libraries = 'pg_stat_statements', then restart Postgres.",
  "In the database of DATABASE_URL, run once: CREATE EXTENSION IF NOT EXISTS pg_stat_statements;",
];

const unavailable = {
  "not-installed": howToLoad,
  "not-loaded": howToLoad.slice(0, 1),
  forbidden: ["As a superuser, grant pg_read_all_stats to Weir's database role: GRANT pg_read_all_stats TO <role>;"],
};

function whyNot(error: unknown): keyof typeof unavailable | null {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : null;
  // Undefined table, prerequisite not in place, insufficient privilege.
  if (code === "42P01") return "not-installed";
  if (code === "55000") return "not-loaded";
  return code === "42501" ? "forbidden" : null;
}

/** Texts parsed before yielding to other work; each takes a fifth of a millisecond. */
const atOnce = 20;

const pause = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Our statements by the text that `pg_stat_statements` normalises them to. */
async function namesByText(all: readonly { name: string; text: string }[]): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const [place, { name, text }] of all.entries()) {
    if (place % atOnce === 0) await pause();
    names.set(normaliseStatement(text), name);
  }
  return names;
}

/** A row for display. A command other than a row statement may contain a password, so its text is hidden. */
function toRow(
  statement: string | null,
  { roundedId: _rounded, text, share, ...counted }: CountedStatement,
): StatementStatistics {
  const isShown = statement !== null || isExplainable(readShape(text));
  return { statement, text: isShown ? text : null, ...counted, share: share ?? 0 };
}

/** Statistics counted by Postgres, joined with our statement names. */
export async function readStatistics(
  { statements, facts }: Pick<PlanSources, "statements" | "facts">,
  { statement: wanted, limit }: { statement?: string | undefined; limit: number },
): Promise<PlansStatistics> {
  try {
    const counted = await facts.statistics(wanted === undefined ? limit : maxRead);
    const names = await namesByText(statements.all());
    const rows: StatementStatistics[] = [];
    for (const [place, row] of counted.entries()) {
      if (place % atOnce === 0) await pause();
      rows.push(toRow(names.get(normaliseStatement(row.text)) ?? null, row));
    }
    const shown = wanted === undefined ? rows : rows.filter(({ statement }) => statement === wanted);
    return { isAvailable: true, since: await facts.statisticsSince(), rows: shown.slice(0, limit) };
  } catch (error) {
    const why = whyNot(error);
    if (why === null) throw error;
    return { isAvailable: false, why, howTo: unavailable[why] };
  }
}
