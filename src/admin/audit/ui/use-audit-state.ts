import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { auditActions } from "../contract";

const parsers = {
  action: parseAsStringLiteral(auditActions),
  /** The id of who did it. */
  user: parseAsString,
};

/** Which entries are shown. It lives in the URL: every view is a link. */
export function useAuditState() {
  return useQueryStates(parsers);
}
