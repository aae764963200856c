import { userCreateInput, userInput, userSetRoleInput } from "@/server/auth/contract";
import { adminProcedure, router } from "@/server/rpc/procedures";

export const usersRouter = router({
  /** Everybody, by email. */
  list: adminProcedure.query(({ ctx }) => ctx.services.users.list()),
  /** The sessions of a user that are alive. */
  sessions: adminProcedure
    .input(userInput)
    .query(({ ctx, input }) => ctx.services.users.sessions(input.id, ctx.actor.sessionId)),
  /** Adds a user with a temporary password, which is shown this once. EMAIL_TAKEN. */
  create: adminProcedure
    .input(userCreateInput)
    .mutation(({ ctx, input }) => ctx.services.users.create(input, ctx.actor)),
  /** Ends the user's sessions as well: rights change with the next sign-in. LAST_ADMIN. */
  setRole: adminProcedure
    .input(userSetRoleInput)
    .mutation(({ ctx, input }) => ctx.services.users.setRole(input, ctx.actor)),
  /** Gives a temporary password, shown this once, and ends the user's sessions. */
  resetPassword: adminProcedure
    .input(userInput)
    .mutation(({ ctx, input }) => ctx.services.users.resetPassword(input.id, ctx.actor)),
  /** Ends the user's sessions and refuses new ones. LAST_ADMIN, OWN_ACCOUNT. */
  disable: adminProcedure
    .input(userInput)
    .mutation(({ ctx, input }) => ctx.services.users.disable(input.id, ctx.actor)),
  enable: adminProcedure.input(userInput).mutation(({ ctx, input }) => ctx.services.users.enable(input.id, ctx.actor)),
  revokeSessions: adminProcedure
    .input(userInput)
    .mutation(({ ctx, input }) => ctx.services.users.revokeSessions(input.id, ctx.actor)),
});
