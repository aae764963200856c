import { userCreateInput, userInput, userSetRoleInput } from "@/server/auth/contract";
import { adminProcedure, router } from "@/server/rpc/procedures";

export const usersRouter = router({
  /** All users, by email. */
  list: adminProcedure.query(({ ctx }) => ctx.services.users.list()),
  /** The active sessions of a user. */
  sessions: adminProcedure
    .input(userInput)
    .query(({ ctx, input }) => ctx.services.users.sessions(input.id, ctx.actor.sessionId)),
  /** Adds a user with a temporary password, which is returned only once. EMAIL_TAKEN. */
  create: adminProcedure
    .input(userCreateInput)
    .mutation(({ ctx, input }) => ctx.services.users.create(input, ctx.actor)),
  /** Also ends the user's sessions, so the role applies from the next sign-in. LAST_ADMIN. */
  setRole: adminProcedure
    .input(userSetRoleInput)
    .mutation(({ ctx, input }) => ctx.services.users.setRole(input, ctx.actor)),
  /** Sets a temporary password, returned only once, and ends the user's sessions. */
  resetPassword: adminProcedure
    .input(userInput)
    .mutation(({ ctx, input }) => ctx.services.users.resetPassword(input.id, ctx.actor)),
  /** Ends the user's sessions and blocks new ones. LAST_ADMIN, OWN_ACCOUNT. */
  disable: adminProcedure
    .input(userInput)
    .mutation(({ ctx, input }) => ctx.services.users.disable(input.id, ctx.actor)),
  enable: adminProcedure.input(userInput).mutation(({ ctx, input }) => ctx.services.users.enable(input.id, ctx.actor)),
  revokeSessions: adminProcedure
    .input(userInput)
    .mutation(({ ctx, input }) => ctx.services.users.revokeSessions(input.id, ctx.actor)),
});
