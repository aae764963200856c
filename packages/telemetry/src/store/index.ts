export { createTelemetryArchive } from "./archive";
export { pinnedTraces, statementTexts, telemetrySlots } from "./schema";
export type { ArchiveFootprint, SlotArchive } from "./archive";
