import type { Actor } from "@/server/auth/session";

/** What the audit log knows the command line by. */
export const commandLine: Actor = {
  id: null,
  label: "command line",
  sessionId: null,
  address: null,
  requestId: null,
};
