import {
  accountChangeNameInput,
  accountChangePasswordInput,
  accountRevokeSessionInput,
  type Me,
} from "@/server/auth/contract";
import { ownAccountProcedure, publicDashboardProcedure, router } from "@/server/rpc/procedures";

export const accountRouter = router({
  /** The signed-in user; null when signed out, and for other sites. */
  me: publicDashboardProcedure.meta({ personal: true }).query(async ({ ctx }): Promise<Me> => {
    const session = ctx.isSameOrigin(false) ? await ctx.session() : null;
    if (session === null) return null;
    const { id: sessionId, userId: id, email, name, role, mustChangePassword } = session;
    return { id, email, name, role, sessionId, mustChangePassword };
  }),
  /** The caller's active sessions, most recently seen first. */
  sessions: ownAccountProcedure.query(({ ctx }) => ctx.services.accounts.sessions(ctx.user)),
  /** Ends one of the caller's sessions, on every node before it returns. SESSION_NOT_FOUND for another user's. */
  revokeSession: ownAccountProcedure
    .input(accountRevokeSessionInput)
    .mutation(({ ctx, input }) => ctx.services.accounts.revokeSession(ctx.user, input.id, ctx.actor)),
  /** Ends all of the caller's sessions except the current one. */
  revokeOtherSessions: ownAccountProcedure.mutation(({ ctx }) =>
    ctx.services.accounts.revokeOtherSessions(ctx.user, ctx.actor),
  ),
  /** Ends the other sessions; this one continues under a new token. PASSWORD_WRONG, PASSWORD_WEAK, SIGN_IN_LIMITED. */
  changePassword: ownAccountProcedure.input(accountChangePasswordInput).mutation(async ({ ctx, input }) => {
    const { revoked, token } = await ctx.services.accounts.changePassword(ctx.user, input, ctx.actor);
    ctx.setSessionToken(token);
    return { revoked };
  }),
  changeName: ownAccountProcedure
    .input(accountChangeNameInput)
    .mutation(({ ctx, input }) => ctx.services.accounts.changeName(ctx.user, input.name, ctx.actor)),
});
