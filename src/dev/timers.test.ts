import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { createCache } from "@weir/cache";
import { createDatabase } from "@weir/postgres";
import { createTrpcHandler, defaultConnectionLimits, serverOptions } from "@weir/trpc-node";
import { initTRPC } from "@trpc/server";

const root = resolve(import.meta.dirname, "../..");

/** Where the delay is an argument, by function. */
const timers: Readonly<Record<string, number>> = { setTimeout: 1, setInterval: 1, timeout: 0 };

/** Delays that come from a variable, each with what bounds it. */
const bounded: Readonly<Record<string, string>> = {
  "packages/cache/src/inspect/verify.ts": "timings are checked by createCache",
  "packages/cache/src/invalidation/invalidate.ts": "timings are checked by createCache",
  "packages/cache/src/invalidation/sweeper.ts": "timings are checked by createCache",
  "packages/cache/src/loading/read-through.ts": "pauses grow to a constant",
  "packages/cache/src/memory/hot-keys.ts": "timings are checked by createCache",
  "packages/cache/src/redis/connection.ts": "waits grow to a constant",
  "packages/cache/src/redis/leases.ts": "timings are checked by createCache",
  "packages/embedded/src/processes.ts": "callers pass constants",
  "packages/embedded/src/watch.ts": "callers pass constants",
  "packages/telemetry/src/record/attach.ts": "checked by attachTelemetry",
  "packages/telemetry/src/store/rollup.ts": "within a minute, and retries grow to a constant",
  "packages/telemetry/src/traces/attach.ts": "checked by attachTraces",
  "packages/trpc-node/src/limits/connection-limits.ts": "checked by limitConnections",
  "packages/trpc-node/src/trpc-adapter.ts": "checked by completeLimits",
  "src/ui/hooks/timers.ts": "callers pass constants",
  "src/ui/rpc/session-gate.ts": "callers pass constants",
};

/** The delays of a file that are neither constant nor the result of `timerMs` or `checkTimerMs`. */
function unboundedDelays(path: string, text: string): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const constants = new Set<string>();
  const promised = new Set<string>();
  const found: string[] = [];

  const isBounded = (node: ts.Expression): boolean => {
    if (ts.isParenthesizedExpression(node)) return isBounded(node.expression);
    if (ts.isNumericLiteral(node)) return Number(node.text.replaceAll("_", "")) < 2 ** 31;
    if (ts.isIdentifier(node)) return constants.has(node.text);
    if (ts.isConditionalExpression(node)) return isBounded(node.whenTrue) && isBounded(node.whenFalse);
    if (ts.isBinaryExpression(node)) return isBounded(node.left) && isBounded(node.right);
    return ts.isCallExpression(node) && /^(?:timerMs|checkTimerMs)$/.test(node.expression.getText());
  };
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.initializer !== undefined && ts.isIdentifier(node.name)) {
      const isConstant = (ts.getCombinedNodeFlags(node) & ts.NodeFlags.Const) !== 0;
      if (isConstant && isBounded(node.initializer)) constants.add(node.name.text);
    }
    if (ts.isImportDeclaration(node) && /timers\/promises/.test(node.moduleSpecifier.getText())) {
      const names = node.importClause?.namedBindings;
      if (names !== undefined && ts.isNamedImports(names))
        for (const { name } of names.elements) promised.add(name.text);
    }
    if (ts.isCallExpression(node)) {
      const called = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression;
      const name = called.getText();
      const isOfSignals = name !== "timeout" || node.expression.getText() === "AbortSignal.timeout";
      const place = promised.has(name) ? 0 : isOfSignals && Object.hasOwn(timers, name) ? timers[name] : undefined;
      // `socket.setTimeout(ms)` and `res.setTimeout(ms, …)` take the delay first.
      const at = node.expression !== called && name === "setTimeout" ? 0 : place;
      const delay = at === undefined ? undefined : node.arguments[at];
      if (delay !== undefined && !isBounded(delay)) found.push(delay.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const isTest = /\.(?:test|e2e)\.tsx?$|\/(?:test-|bench\/|e2e\/)|^packages\/testkit|\/testing\//;
const product = ["src", ...readdirSync(join(root, "packages")).map((name) => `packages/${name}/src`)]
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => `${folder}/${String(name)}`))
  .filter((path) => /\.(?:tsx?|m?js)$/.test(path) && !isTest.test(path));

test("every delay of a timer is constant, bounded by timerMs, or known to be bounded", () => {
  const found = Object.fromEntries(
    product.flatMap((path) => {
      const text = readFileSync(join(root, path), "utf8");
      const delays = /setTimeout|setInterval|AbortSignal/.test(text) ? unboundedDelays(path, text) : [];
      return delays.length === 0 ? [] : [[path, delays] as const];
    }),
  );
  expect(Object.keys(found).toSorted(), JSON.stringify(found, null, 1)).toEqual(Object.keys(bounded).toSorted());
});

const url = "postgres://localhost/none";
const { router } = initTRPC.create();

test.each<[string, (ms: number) => unknown]>([
  ["statementTimeoutMs", (statementTimeoutMs) => createDatabase({ url, statementTimeoutMs })],
  ["acquireTimeoutMs", (acquireTimeoutMs) => createDatabase({ url, acquireTimeoutMs })],
  [
    "timings.retryMs",
    (retryMs) =>
      createCache({ redis: { url: "redis://127.0.0.1:1" }, nodeId: "a", keyPrefix: "a:", timings: { retryMs } }),
  ],
  ["headersTimeoutMs", (headersTimeoutMs) => serverOptions({ ...defaultConnectionLimits, headersTimeoutMs })],
  [
    "limits.stalledStreamMs",
    (stalledStreamMs) =>
      createTrpcHandler({ router: router({}), createContext: () => ({}), limits: { stalledStreamMs } }),
  ],
])("%s that no timer keeps is refused when an engine is made", (name, make) => {
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 2 ** 31]) {
    expect(() => make(ms)).toThrow(`${name} must be a number of milliseconds from 1 to 2147483647; got ${ms}.`);
  }
});

test.each([
  ["setTimeout(run, waitMs);", ["waitMs"]],
  ["globalThis.setInterval(run, 2 * waitMs);", ["2 * waitMs"]],
  ['import { setTimeout as pause } from "node:timers/promises";\nawait pause(waitMs);', ["waitMs"]],
  ["fetch(url, { signal: AbortSignal.timeout(waitMs) });", ["waitMs"]],
  ["socket.setTimeout(waitMs);", ["waitMs"]],
  ["setTimeout(run, 2_147_483_648);", ["2_147_483_648"]],
  ["const restMs = 5 * 1_000; setTimeout(run, timerMs(waitMs)); setTimeout(run); setTimeout(run, restMs);", []],
])("%s", (text, delays) => {
  expect(unboundedDelays("planted.ts", text)).toEqual(delays);
});
