import { afterEach, expect, test } from "vitest";
import { createLogger } from "./logger";
import { logStrayOutput } from "./stray-output";

const lines: string[] = [];
let restore = (): void => undefined;
afterEach(() => {
  restore();
  lines.length = 0;
});

function open(withStdout: boolean, now = (): number => 0) {
  const destination = { write: (line: string) => void lines.push(line) };
  restore = logStrayOutput(createLogger({ level: "info", nodeId: "node-1", destination }), { withStdout, now });
}
const records = (): Record<string, unknown>[] => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

test("library output is a record, with its error and without colours", () => {
  open(true);
  console.error("\u001b[31m⨯\u001b[39m cannot %s", "render", new Error("no such page"));
  console.warn("two\nlines with postgres://weir:s3cr3t@db/weir");
  console.log("ready");
  expect(records()).toEqual([
    expect.objectContaining({
      level: "error",
      text: "⨯ cannot render",
      err: expect.objectContaining({ message: "no such page", stack: expect.stringContaining("stray-output.test.ts") }),
    }),
    expect.objectContaining({ level: "warn", text: expect.stringMatching(/^two\nlines with postgres:/) }),
    expect.objectContaining({ level: "info", text: "ready" }),
  ]);
  expect(lines.join("")).not.toContain("s3cr3t");
});

test("a flood of it is limited, and counted", () => {
  let nowMs = 0;
  open(false, () => nowMs);
  for (let count = 0; count < 500; count += 1) console.error(`Failed to find Server Action "${count}"`);
  expect(lines).toHaveLength(20);
  nowMs = 60_000;
  console.error("one more");
  expect(records().at(-1)).toMatchObject({ text: "one more", heldBack: 480 });
});

test("a warning of Node is a record", async () => {
  open(false);
  const warned = new Promise((resolve) => process.once("warning", resolve));
  process.emitWarning("old", "DeprecationWarning", "DEP0000");
  await warned;
  expect(records()).toEqual([
    expect.objectContaining({ level: "warn", err: expect.objectContaining({ message: "old", code: "DEP0000" }) }),
  ]);
});

test("the process is as before once it is restored", () => {
  const before = { error: console.error, log: console.log, warnings: process.listeners("warning") };
  open(true);
  restore();
  expect({ error: console.error, log: console.log, warnings: process.listeners("warning") }).toEqual(before);
});
