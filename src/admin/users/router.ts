import { userCreateInput, userInput, userSetRoleInput } from "@/server/auth/contract";
import { dashboardAdminProcedure, router } from "@/server/rpc/procedures";

export const usersRouter = router({
  /** All users, by email. */
  list: dashboardAdminProcedure.query(({ ctx }) => ctx.services.users.list()),
  /** The active sessions of a user. */
  sessions: dashboardAdminProcedure
    .input(userInput)
    .query(({ ctx, input }) => ctx.services.users.sessions(input.id, ctx.actor.sessionId)),
  /** Adds a user with a temporary password, which is returned only once. EMAIL_TAKEN. */
  create: dashboardAdminProcedure
    .input(userCreateInput)
    .mutation(({ ctx, input }) => ctx.services.users.create(input, ctx.actor)),
  /** Also ends the user's sessions, so the role applies from the next sign-in. LAST_ADMIN. */
  setRole: dashboardAdminProcedure
    .input(userSetRoleInput)
    .mutation(({ ctx, input }) => ctx.services.users.setRole(input, ctx.actor)),
  /** Sets a temporary password, returned only once, and ends the user's sessions. */
  resetPassword: dashboardAdminProcedure
    .input(userInput)
    .mutation(({ ctx, input }) => ctx.services.users.resetPassword(input.id, ctx.actor)),
  /** Ends the user's sessions and blocks new ones. LAST_ADMIN, OWN_ACCOUNT. */
  disable: dashboardAdminProcedure
    .input(userInput)
    .mutation(({ ctx, input }) => ctx.services.users.disable(input.id, ctx.actor)),
  enable: dashboardAdminProcedure
    .input(userInput)
    .mutation(({ ctx, input }) => ctx.services.users.enable(input.id, ctx.actor)),
  revokeSessions: dashboardAdminProcedure
    .input(userInput)
    .mutation(({ ctx, input }) => ctx.services.users.revokeSessions(input.id, ctx.actor)),
});
