import { refusalOf } from "@/server/auth/authority";
import type { WeirError } from "@weir/core/errors";
import type { Actor, Requirement, Session } from "@/server/auth/session";
import { currentScope, type Origin } from "@weir/core/scope";
import type { Client } from "./context";
import { t } from "./init";
import { observeCall } from "@weir/trpc-node";
import { PlatformError } from "@/server/errors";

const observed = (origin: Origin | null) =>
  t.procedure.use((call) => {
    if (call.meta?.timings === "hidden") call.ctx.hideTimings();
    return observeCall(origin, call, call.next);
  });

const hidden = { timings: "hidden" } as const;

/** Public. */
export const publicProcedure = observed(null);

/** Public, for the dashboard's own calls. */
export const publicDashboardProcedure = observed("admin").meta(hidden);

/** The program has all permissions; the audit log names it by its label. */
function programActor({ label }: Extract<Client, { kind: "internal" }>): Actor {
  return { id: null, label, sessionId: null, address: null, requestId: null };
}

function userActor({ id, userId, email }: Session, address: string, requires: Requirement): Actor {
  const requestId = currentScope()?.request.id ?? null;
  return { id: userId, label: email, sessionId: id, address, requestId, requires };
}

/** From here on the request counts for the session instead of the address. */
function nameSession({ id }: Session): void {
  const request = currentScope()?.request;
  if (request !== undefined) request.sessionId = id;
}

type Rule = Requirement & {
  /** The origin for telemetry: the dashboard's own traffic is recorded apart (rule T3). Null: taken from the request. */
  origin: Origin | null;
};

/** For sessions of this role or a higher one (rule S1), from a page of this server (rule S2). */
const roleProcedure = (rule: Rule) =>
  observed(rule.origin)
    .meta(rule.origin === "admin" ? { role: rule.role, ...hidden } : { role: rule.role })
    .use(async ({ ctx, next, type }) => {
      const { client } = ctx;
      if (client.kind === "internal") {
        return next({ ctx: { actor: programActor(client), mayStay: async (): Promise<WeirError | null> => null } });
      }
      if (!ctx.isSameOrigin(type === "mutation")) throw new PlatformError("CROSS_SITE");
      const session = await ctx.session();
      const refusal = refusalOf(session, rule);
      if (session === null || refusal !== null) throw refusal ?? new PlatformError("SIGNED_OUT");
      nameSession(session);
      /** Whether a stream opened by this call may continue, given the current session. */
      const mayStay = async (): Promise<WeirError | null> => refusalOf(await ctx.sessionNow(), rule);
      return next({ ctx: { actor: userActor(session, client.address, rule), mayStay } });
    });

/** Of a feature, for signed-in users. Counted like its public procedures: as what is called, not by who calls. */
export const viewerProcedure = roleProcedure({ role: "viewer", origin: null });

/** Of a feature, for operators. */
export const operatorProcedure = roleProcedure({ role: "operator", origin: null });

/** Of a feature, for administrators. */
export const adminProcedure = roleProcedure({ role: "admin", origin: null });

/** Reads of the dashboard. */
export const dashboardViewerProcedure = roleProcedure({ role: "viewer", origin: "admin" });

/** What an operator does from the dashboard. */
export const dashboardOperatorProcedure = roleProcedure({ role: "operator", origin: "admin" });

/** Users and the audit log. */
export const dashboardAdminProcedure = roleProcedure({ role: "admin", origin: "admin" });

/** For the signed-in user's own account, also with a temporary password. The program has no account. */
export const ownAccountProcedure = roleProcedure({ role: "viewer", origin: "admin", withTemporaryPassword: true }).use(
  async ({ ctx, next }) => {
    const user = await ctx.session();
    if (user === null) throw new PlatformError("SIGNED_OUT");
    return next({ ctx: { user } });
  },
);

export const router = t.router;
