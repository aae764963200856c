import type { ExportOptions, TelemetryExport } from "./start";
import type { ReadSettings } from "./settings";

export type OpenExportOptions = Pick<ExportOptions, "nodeId" | "version" | "figures" | "onTrace"> & {
  /** Told what was not understood, and that a collector takes nothing. */
  warn: (line: string, error?: Error) => void;
};

/**
 * Begins to export what was asked for, and says what of it was not understood. Null when nothing is to be exported: the
 * packages for it are not even loaded then.
 */
export async function openExport(
  { settings, notices }: ReadSettings,
  { warn, ...options }: OpenExportOptions,
): Promise<TelemetryExport | null> {
  for (const notice of notices) warn(notice);
  if (settings === null) return null;
  const { startExport } = await import("./start");
  return startExport({
    ...options,
    settings,
    onTrouble: (what, error) => warn(`A collector does not take our ${what}. This is told once a minute.`, error),
  });
}
