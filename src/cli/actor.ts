import type { Actor } from "@/server/auth/session";

/** The actor of audit events from the command line. */
export const commandLine: Actor = {
  id: null,
  label: "command line",
  sessionId: null,
  address: null,
  requestId: null,
};
