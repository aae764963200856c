import { auditListInput } from "./contract";
import { adminProcedure, router } from "@/server/rpc/procedures";

export const auditRouter = router({
  /** The audit log, newest first. */
  list: adminProcedure.input(auditListInput).query(({ ctx, input }) => ctx.services.audit.list(input)),
});
