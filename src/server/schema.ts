/** The tables of the platform. Each feature has its own in its folder. */
export { accounts, sessions, users } from "@/server/auth/schema";
export { auditEntries } from "@/admin/audit/schema";
export { platformOutbox } from "@weir/postgres/schema";
export { signInAttempts } from "@/server/auth/schema";
export { pinnedTraces, statementTexts, telemetrySlots } from "@weir/telemetry/store";
