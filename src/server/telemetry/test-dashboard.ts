import { readFile } from "node:fs/promises";
import { z } from "zod";

const dashboardSchema = z.object({
  panels: z.array(
    z.object({
      type: z.string(),
      title: z.string(),
      targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).default([]),
    }),
  ),
});

export type DashboardExpression = { panel: string; expression: string; legend: string };

/** The panels of deploy/grafana/weir.json. */
export async function readDashboard(): Promise<z.infer<typeof dashboardSchema>> {
  return dashboardSchema.parse(JSON.parse(await readFile("deploy/grafana/weir.json", "utf8")));
}

/** Every expression of it, with the values that Grafana would substitute for its variables. */
export async function dashboardExpressions(): Promise<DashboardExpression[]> {
  const { panels } = await readDashboard();
  return panels.flatMap(({ title, targets }) =>
    targets.map(({ expr, legendFormat }) => ({
      panel: title,
      expression: expr.replaceAll("$__rate_interval", "5m").replaceAll("$instance", ".+"),
      legend: legendFormat,
    })),
  );
}
