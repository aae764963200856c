export { openExport, type OpenExportOptions } from "./open";
export { type ExportSettings, type OtelVariables, type ReadSettings, readSettings } from "./open";
export type { TelemetryExport } from "./start";
