export { accounts, sessions, users } from "./accounts";
export { auditEntries } from "./audit";
export { cacheOutbox } from "./cache-outbox";
export { cities } from "./cities";
export { countries } from "./countries";
export { imports } from "./imports";
export { signInAttempts } from "./sign-in-attempts";
export { pinnedTraces, statementTexts, telemetrySlots } from "./telemetry";
