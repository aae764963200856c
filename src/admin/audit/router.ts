import { dashboardAdminProcedure, router } from "@/server/rpc/procedures";
import { auditListInput } from "./contract/entries";

export const auditRouter = router({
  /** The audit log, newest first. */
  list: dashboardAdminProcedure.input(auditListInput).query(({ ctx, input }) => ctx.services.audit.list(input)),
});
