import { describe, expect, it } from "vitest";
import { createSessionGate, createTabLocks, type Locks } from "./session-gate";

const gateOver = (locks: Locks = createTabLocks(), maxMs = 60_000) =>
  createSessionGate({ locks, maxWaitMs: maxMs, maxDrainMs: maxMs });

/** Runs what is due without a timer. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function heldOpen(): { act: () => Promise<void>; end: () => void } {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { act: () => ended, end: () => end() };
}

describe("the session gate", () => {
  it("lets calls pass beside each other", async () => {
    const gate = gateOver();
    const leaves = await Promise.all([gate.enter(), gate.enter()]);
    expect(leaves).toHaveLength(2);
    for (const leave of leaves) leave();
  });

  it("replaces the session after the calls in flight, and before the next ones", async () => {
    const gate = gateOver();
    const told: string[] = [];
    const leave = await gate.enter();
    const change = heldOpen();
    const replaced = gate.replace(() => (told.push("change"), change.act()));
    const next = gate.enter().then((leaveNext) => (told.push("call"), leaveNext()));
    await settle();
    expect(told).toEqual([]);
    leave();
    await settle();
    expect(told).toEqual(["change"]);
    change.end();
    await Promise.all([replaced, next]);
    expect(told).toEqual(["change", "call"]);
  });

  it("opens again after a replacement that failed", async () => {
    const gate = gateOver();
    await expect(gate.replace(() => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
    (await gate.enter())();
  });

  it("stays closed when the page is about to be left", async () => {
    const gate = gateOver();
    await gate.replace(
      async () => true,
      (isDone) => isDone,
    );
    let passed = false;
    void gate.enter().then(() => (passed = true));
    await settle();
    expect(passed).toBe(false);
  });

  it("waits no longer than its bounds, on either side", async () => {
    const gate = gateOver(createTabLocks(), 5);
    await gate.enter();
    const change = heldOpen();
    // The call above never ends.
    const replaced = gate.replace(change.act);
    // This one outlasts its wait.
    await expect(gate.enter()).resolves.toBeTypeOf("function");
    change.end();
    await expect(replaced).resolves.toBeUndefined();
  });
});
