import { afterAll, describe, expect, test, vi } from "vitest";
import { createPasswordStrength } from "./password-strength";

const strength = createPasswordStrength();
afterAll(() => strength.close());
const personal = ["ada@example.com", "Ada Lovelace"];

describe("a new password", () => {
  test.each([
    "green ladder over stone",
    "correct horse battery",
    "тихий океан 42",
    "x7!Kq0#mZp2&",
    "7rnk4-w8cep-xb2mz-tq9hd",
  ])("that withstands guessing is accepted: %s", async (password) => {
    await expect(strength.problemOf(password, personal)).resolves.toBeNull();
  });

  test.each([
    ["Passw0rd1234", "commonly used password"],
    ["P@ssw0rd2026!", "commonly used password"],
    ["qwertyuiop12", "commonly used password"],
    ["Q1w2e3r4t5y6", "commonly used password"],
    ["abcdefghijkl", "sequences"],
    ["administrator1", "Add more words"],
    ["a1b2c3d4e5f6", "Add more words"],
    ["Summer2026!!!", "Add more words"],
    ["weirdashboard", "personal or page related"],
    ["lovelace rules", "name or email"],
    ["short", "at least 12 characters"],
  ])("that is guessed early is refused with what is wrong and a cure: %s", async (password, said) => {
    const problem = await strength.problemOf(password, personal);
    expect(problem).toContain(said);
    expect(problem).toMatch(/^[A-Z].*\.$/);
  });

  test("of any length leaves the event loop free while it is estimated", async () => {
    const longest = Array.from({ length: 128 }, (_, index) => String.fromCharCode(33 + ((index * 7) % 90))).join("");
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await expect(strength.problemOf(longest, personal)).resolves.toBeNull();
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
  });

  test("is not estimated when too many wait; a thread that has ended is started again", async () => {
    const brief = createPasswordStrength();
    const asked = Array.from({ length: 17 }, () => brief.problemOf("Passw0rd1234", []));
    const ended = await Promise.allSettled(asked);
    expect(ended.filter(({ status }) => status === "rejected")).toMatchObject([{ reason: { code: "SIGN_IN_BUSY" } }]);
    await brief.close();
    await expect(brief.problemOf("Passw0rd1234", [])).resolves.toContain("commonly used");
    await brief.close();
  });

  test("leaves one timer behind, however many estimates end together: a second would end the next thread", async () => {
    const [set, clear] = [vi.spyOn(globalThis, "setTimeout"), vi.spyOn(globalThis, "clearTimeout")];
    try {
      const brief = createPasswordStrength();
      const asking = Promise.allSettled(Array.from({ length: 3 }, () => brief.problemOf("Passw0rd1234", [])));
      await brief.close();
      const ended = await asking;
      expect(ended.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
      const cleared = new Set(clear.mock.calls.map(([timer]) => timer));
      const idleTimers = set.mock.results.filter((_result, index) => set.mock.calls[index]?.[1] === 30_000);
      expect(idleTimers).toHaveLength(3);
      expect(idleTimers.filter(({ value }) => !cleared.has(value))).toHaveLength(1);
    } finally {
      set.mockRestore();
      clear.mockRestore();
    }
  });
});
