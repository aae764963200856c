import { personCreateInput, personInput, personSetRoleInput } from "@/server/auth/contract";
import { adminProcedure, router } from "@/server/rpc/procedures";

export const peopleRouter = router({
  /** Everybody, by email. */
  list: adminProcedure.query(({ ctx }) => ctx.services.people.list()),
  /** The sessions of a person that are alive. */
  sessions: adminProcedure
    .input(personInput)
    .query(({ ctx, input }) => ctx.services.people.sessions(input.id, ctx.actor.sessionId)),
  /** Adds a person with a temporary password, which is shown this once. EMAIL_TAKEN. */
  create: adminProcedure
    .input(personCreateInput)
    .mutation(({ ctx, input }) => ctx.services.people.create(input, ctx.actor)),
  /** Ends the person's sessions as well: rights change with the next sign-in. LAST_ADMIN. */
  setRole: adminProcedure
    .input(personSetRoleInput)
    .mutation(({ ctx, input }) => ctx.services.people.setRole(input, ctx.actor)),
  /** Gives a temporary password, shown this once, and ends the person's sessions. */
  resetPassword: adminProcedure
    .input(personInput)
    .mutation(({ ctx, input }) => ctx.services.people.resetPassword(input.id, ctx.actor)),
  /** Ends the person's sessions and refuses new ones. LAST_ADMIN, OWN_ACCOUNT. */
  disable: adminProcedure
    .input(personInput)
    .mutation(({ ctx, input }) => ctx.services.people.disable(input.id, ctx.actor)),
  enable: adminProcedure
    .input(personInput)
    .mutation(({ ctx, input }) => ctx.services.people.enable(input.id, ctx.actor)),
  revokeSessions: adminProcedure
    .input(personInput)
    .mutation(({ ctx, input }) => ctx.services.people.revokeSessions(input.id, ctx.actor)),
});
