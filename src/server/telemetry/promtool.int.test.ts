import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPromtool } from "@weir/testkit/promtool";
import { env } from "@/env.js";
import { runProgram } from "@weir/embedded/processes";
import { startTestApp } from "@/dev/test-app";
import { dashboardExpressions } from "./test-dashboard";

const found = await findPromtool({ policy: env.WEIR_INSTALL, log: (line) => console.log(line) });
const promtool = typeof found === "string" ? found : "";
if (typeof found !== "string") console.log(`Not checked with promtool: ${found.reason}.`);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "weir-promtool-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]) => runProgram(promtool, args, { timeoutMs: 60_000 });

async function checkMetrics(page: string) {
  const file = join(folder, "page.prom");
  await writeFile(file, page);
  return runProgram("/bin/sh", ["-c", '"$0" check metrics < "$1"', promtool, file], { timeoutMs: 60_000 });
}

describe.skipIf(promtool === "")("checks by Prometheus itself", () => {
  test("the metrics of a running process are valid", async () => {
    await using app = await startTestApp();
    for (const path of ["note.byId?input=%7B%22id%22%3A1008%7D", "note.search?input=%7B%22query%22%3A%22mus%22%7D"]) {
      await (await fetch(`${app.origin}/api/trpc/${path}`)).text();
    }
    await app.telemetry.flush();
    const page = await (await fetch(`${app.origin}/metrics`, { headers: app.metricsHeaders })).text();
    expect(page).toContain('weir_rpc_duration_seconds_count{procedure="note.byId",ok="true"} 1');
    expect(await checkMetrics(page)).toEqual({ code: 0, output: "" });
  });

  test("invalid metrics are detected", async () => {
    const bad =
      "# HELP weir_things_milliseconds Things.\n# TYPE weir_things_milliseconds counter\nweir_things_milliseconds 1\n";
    const { code, output } = await checkMetrics(bad);
    expect(code).not.toBe(0);
    expect(output).toContain("weir_things_milliseconds");
  });

  test("the rules are valid", async () => {
    const { code, output } = await run("check", "rules", "deploy/prometheus/alerts.yml");
    expect(output).toMatch(/SUCCESS: [1-9]\d* rules found/);
    expect(code).toBe(0);
  });

  test("each alert fires when it should and only then", async () => {
    const played = await run("test", "rules", "deploy/prometheus/alerts.test.yml");
    expect(played.output).toContain("SUCCESS");
    expect(played.code).toBe(0);
    const cases = await readFile("deploy/prometheus/alerts.test.yml", "utf8");
    const rules = await readFile("deploy/prometheus/alerts.yml", "utf8");
    for (const [, name = ""] of rules.matchAll(/- alert: (\w+)/g)) {
      expect(cases, name).toContain(`alertname: ${name}, exp_alerts: []`);
      expect(cases, name).toContain(`'{alertname="${name}"}', value: 1`);
    }
    // A rule that never fires is detected.
    const deaf = rules.replace("weir_redis_breaker_open > 0", "weir_redis_breaker_open > 2");
    expect(deaf).not.toBe(rules);
    await writeFile(join(folder, "alerts.yml"), deaf);
    await writeFile(join(folder, "alerts.test.yml"), cases);
    expect((await run("test", "rules", join(folder, "alerts.test.yml"))).code).not.toBe(0);
  });

  test("the scrape configuration is valid", async () => {
    const { code, output } = await run("check", "config", "--syntax-only", resolve("deploy/prometheus/prometheus.yml"));
    expect(output).toContain("SUCCESS");
    expect(code).toBe(0);
  });

  test("every expression of the dashboard can be evaluated", async () => {
    const expressions = await dashboardExpressions();
    expect(expressions.length).toBeGreaterThan(40);
    const rules = expressions.map(({ expression }, place) => ({ record: `dashboard:${place}`, expr: expression }));
    const file = join(folder, "dashboard.yml");
    // JSON is YAML.
    await writeFile(file, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
    const { code, output } = await run("check", "rules", file);
    expect(output).toContain(`SUCCESS: ${expressions.length} rules found`);
    expect(code).toBe(0);
  });
});

test("promtool was found, or the reason is reported", () => {
  expect(typeof found === "string" ? found : found.reason).not.toBe("");
});
