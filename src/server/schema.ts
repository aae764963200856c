export { accounts, sessions, users } from "@/server/auth/schema";
export { auditEntries } from "@/admin/audit/schema";
export { cacheOutbox } from "@weir/postgres/schema";
export { cities } from "@/features/cities/schema";
export { countries } from "@/features/cities/country/schema";
export { imports } from "@/features/cities/imports-schema";
export { signInAttempts } from "@/server/auth/attempts-schema";
export { pinnedTraces, statementTexts, telemetrySlots } from "@weir/telemetry/store";
