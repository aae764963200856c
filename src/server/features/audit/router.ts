import { auditListInput } from "@/contracts/audit";
import { adminProcedure, router } from "../../rpc/procedures";

export const auditRouter = router({
  /** Who did what, newest first. */
  list: adminProcedure.input(auditListInput).query(({ ctx, input }) => ctx.services.audit.list(input)),
});
