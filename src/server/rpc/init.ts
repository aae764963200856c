import { initTRPC } from "@trpc/server";
import { formatError, type HandlerMeta } from "@weir/trpc-node";
import type { Role } from "@/server/auth/contract";
import type { Context } from "./context";
import type { ErrorCode } from "./error-codes";

/** Static metadata of a procedure. */
export type ProcedureMeta = HandlerMeta & {
  /** The lowest role that may call it; absent for a public procedure. */
  role?: Role;
  /**
   * Whether pages that show where responses came from include this procedure. `hidden` for the dashboard's own calls, which
   * repeat every other second; shown by default.
   */
  timings?: "hidden";
};

export const t = initTRPC
  .context<Context>()
  .meta<ProcedureMeta>()
  .create({
    isDev: false,
    sse: {
      // Keeps proxies from closing the stream, and shows the client that the server is still there.
      ping: { enabled: true, intervalMs: 5_000 },
      client: { reconnectAfterInactivityMs: 15_000 },
    },
    errorFormatter: ({ shape, error }) => formatError<ErrorCode>({ shape, error }),
  });
