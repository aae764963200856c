import { initTRPC } from "@trpc/server";
import { formatError, type HandlerMeta } from "@weir/trpc-node";
import type { Role } from "@/server/auth/contract";
import type { Context } from "./context";
import type { ErrorCode } from "./error-codes";

/** What is known of a procedure without calling it. */
export type ProcedureMeta = HandlerMeta & {
  /** The lowest role that may call it; absent when it is open to everyone. */
  role?: Role;
  /**
   * Whether pages that show where answers came from show this one: `hidden` for what the dashboard asks for itself, every
   * other second. Shown unless said.
   */
  timings?: "hidden";
};

export const t = initTRPC
  .context<Context>()
  .meta<ProcedureMeta>()
  .create({
    isDev: false,
    sse: {
      // Also what tells a proxy that the stream is alive, and the client that the peer is.
      ping: { enabled: true, intervalMs: 5_000 },
      client: { reconnectAfterInactivityMs: 15_000 },
    },
    errorFormatter: ({ shape, error }) => formatError<ErrorCode>({ shape, error }),
  });
