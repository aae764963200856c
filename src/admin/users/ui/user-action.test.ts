import { describe, expect, it } from "vitest";
import type { User } from "@/server/auth/contract";
import { describeAct } from "./user-action";

const ada: User = {
  id: "1",
  email: "ada@weir.example",
  name: "Ada",
  role: "operator",
  createdAt: "2026-01-01T00:00:00.000Z",
  lastSignInAt: null,
  isDisabled: false,
  mustChangePassword: false,
  sessions: 2,
};

describe("describeAct", () => {
  it("says how many sessions end with it", () => {
    for (const kind of ["resetPassword", "disable", "revokeSessions"] as const) {
      expect(describeAct({ kind }, ada).consequence).toContain("2 sessions end.");
      expect(describeAct({ kind }, { ...ada, sessions: 1 }).consequence).toContain("One session ends.");
      expect(describeAct({ kind }, { ...ada, sessions: 0 }).consequence).toContain("Nobody is signed in");
    }
  });

  it("marks what takes something away", () => {
    expect(describeAct({ kind: "setRole", role: "viewer" }, ada)).toMatchObject({
      isDangerous: true,
      action: "Make viewer",
    });
    expect(describeAct({ kind: "setRole", role: "admin" }, ada)).toMatchObject({
      isDangerous: false,
      done: "Ada is admin now.",
    });
    expect(describeAct({ kind: "enable" }, ada).isDangerous).toBe(false);
  });
});
