import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { catalogue } from "../../../packages/telemetry/src/metrics/catalogue";
import { dashboardExpressions, readDashboard } from "./test-dashboard";

/** The labels of each scraped series; Prometheus' own labels are on all of them. */
const scraped = new Map<string, ReadonlySet<string>>();
for (const { name, type, labels } of catalogue) {
  const all = new Set([...labels, "instance", "job"]);
  if (type === "counter" || type === "gauge") scraped.set(name, all);
  else for (const suffix of ["_bucket", "_sum", "_count"]) scraped.set(name + suffix, new Set([...all, "le"]));
}
scraped.set("up", new Set(["instance", "job"]));

type Used = { unknown: string[]; labels: ReadonlySet<string>; metrics: number };

/** What an expression uses that does not exist. */
function check(expression: string): Used {
  const unknown: string[] = [];
  const labels = new Set<string>();
  let metrics = 0;
  for (const [, name = "", matchers = ""] of expression.matchAll(
    /\b((?:weir|process|nodejs)_\w+|up\b)(?:\{([^}]*)\})?/g,
  )) {
    metrics += 1;
    const known = scraped.get(name);
    if (known === undefined) unknown.push(name);
    for (const label of known ?? []) labels.add(label);
    for (const [, label = ""] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)) {
      if (known?.has(label) !== true) unknown.push(`${name}{${label}}`);
    }
  }
  for (const [, grouped = ""] of expression.matchAll(/\bby \(([^)]*)\)/g)) {
    for (const label of grouped.split(",").map((text) => text.trim()))
      if (!labels.has(label)) unknown.push(`by ${label}`);
  }
  return { unknown, labels, metrics };
}

describe("deploy/grafana/weir.json", () => {
  test("uses only metrics that a process exports", async () => {
    const expressions = await dashboardExpressions();
    expect(expressions.length).toBeGreaterThan(40);
    for (const { panel, expression, legend } of expressions) {
      const { unknown, labels, metrics } = check(expression);
      expect(unknown, `${panel}: ${expression}`).toEqual([]);
      expect(metrics, `${panel}: ${expression}`).toBeGreaterThan(0);
      for (const [, label = ""] of legend.matchAll(/\{\{(\w+)\}\}/g))
        expect(labels, `${panel}: ${legend}`).toContain(label);
    }
  });

  test("shows traffic, cache, database, nodes and telemetry, each panel once and with a unit", async () => {
    const { panels } = await readDashboard();
    const rows = panels.filter(({ type }) => type === "row").map(({ title }) => title);
    expect(rows).toEqual(["Traffic", "Cache", "Database", "Nodes", "Observer"]);
    const titles = panels.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  test("missing metrics are detected", () => {
    expect(check("sum by (procedure) (rate(weir_rpc_calls_total[5m]))").unknown).toEqual([
      "weir_rpc_calls_total",
      "by procedure",
    ]);
    expect(check('weir_pool_max{procedure="a"}').unknown).toEqual(["weir_pool_max{procedure}"]);
    expect(check("weir_rpc_duration_seconds").unknown).toEqual(["weir_rpc_duration_seconds"]);
  });
});

describe("deploy/prometheus/alerts.yml", () => {
  test("uses only metrics that a process exports, and says for each alert what to do", async () => {
    const text = await readFile("deploy/prometheus/alerts.yml", "utf8");
    const alerts = text.split(/^ {6}- alert: /m).slice(1);
    expect(alerts.length).toBeGreaterThan(7);
    for (const alert of alerts) {
      const [name = ""] = alert.split("\n", 1);
      const expression = alert.slice(alert.indexOf("expr:"), alert.indexOf("        for:"));
      const { unknown, metrics } = check(expression);
      expect(unknown, name).toEqual([]);
      expect(metrics, name).toBeGreaterThan(0);
      expect(alert, name).toMatch(/summary: ".{20,}"/);
      expect(alert, name).toMatch(/runbook: >-\n {12}.{40,}/);
    }
  });
});
