import { describe, expect, it } from "vitest";
import type { User } from "@/server/auth/contract";
import { describeAction } from "./user-action";

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

describe("describeAction", () => {
  it("says how many sessions it ends", () => {
    for (const kind of ["resetPassword", "disable", "revokeSessions"] as const) {
      expect(describeAction({ kind }, ada).consequence).toContain("This ends 2 sessions.");
      expect(describeAction({ kind }, { ...ada, sessions: 1 }).consequence).toContain("This ends 1 session.");
      expect(describeAction({ kind }, { ...ada, sessions: 0 }).consequence).toContain("No sessions are active");
    }
  });

  it("marks actions that reduce access as dangerous", () => {
    expect(describeAction({ kind: "setRole", role: "viewer" }, ada)).toMatchObject({
      isDangerous: true,
      action: "Make viewer",
    });
    expect(describeAction({ kind: "setRole", role: "admin" }, ada)).toMatchObject({
      isDangerous: false,
      done: "Ada is now admin.",
    });
    expect(describeAction({ kind: "enable" }, ada).isDangerous).toBe(false);
  });
});
