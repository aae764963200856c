import type { ExportOptions, TelemetryExport } from "./start";

export type OpenExportOptions = Pick<ExportOptions, "nodeId" | "version" | "snapshot" | "onTrace"> & {
  /** Called with invalid settings and with export failures. */
  warn: (line: string, error?: Error) => void;
};

/**
 * Starts the configured export and warns about invalid settings. Null if nothing is exported; then the
 * OpenTelemetry packages are not loaded.
 */
export async function openExport(
  { settings, notices }: ReadSettings,
  { warn, ...options }: OpenExportOptions,
): Promise<TelemetryExport | null> {
  for (const notice of notices) warn(notice);
  if (settings === null) return null;
  if (settings.metricsUrl !== null && options.snapshot === null)
    warn("No metrics are exported: recording is disabled.");
  if (settings.tracesUrl !== null && options.onTrace === null) warn("No traces are exported: tracing is disabled.");
  if (options.snapshot === null && options.onTrace === null) return null;
  const { startExport } = await import("./start");
  return startExport({
    ...options,
    settings,
    onFailure: (what, error) =>
      warn(`Could not export ${what} to the OpenTelemetry collector. This is logged at most once a minute.`, error),
  });
}

/** The OpenTelemetry variables that Weir supports, as given. */
export type OtelVariables = Readonly<
  Partial<
    Record<
      | "OTEL_SDK_DISABLED"
      | "OTEL_SERVICE_NAME"
      | "OTEL_RESOURCE_ATTRIBUTES"
      | "OTEL_EXPORTER_OTLP_ENDPOINT"
      | "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
      | "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"
      | "OTEL_EXPORTER_OTLP_HEADERS"
      | "OTEL_EXPORTER_OTLP_PROTOCOL"
      | "OTEL_EXPORTER_OTLP_TIMEOUT"
      | "OTEL_TRACES_EXPORTER"
      | "OTEL_METRICS_EXPORTER"
      | "OTEL_TRACES_SAMPLER"
      | "OTEL_TRACES_SAMPLER_ARG"
      | "OTEL_METRIC_EXPORT_INTERVAL",
      string | undefined
    >
  >
>;

export const samplers = ["always_on", "always_off", "traceidratio"] as const;

export type SamplerSettings = {
  root: (typeof samplers)[number];
  /** For `traceidratio`, 0 to 1. */
  ratio: number;
  /** Whether the caller's sampling decision takes precedence. */
  parentBased: boolean;
};

export type ExportSettings = {
  /** Where traces are sent; null for nowhere. */
  tracesUrl: string | null;
  metricsUrl: string | null;
  headers: KeyValues;
  timeoutMs: number;
  metricsEveryMs: number;
  serviceName: string;
  resource: KeyValues;
  sampler: SamplerSettings;
};

export type ReadSettings = {
  /** Null if nothing is exported. */
  settings: ExportSettings | null;
  /** One line per invalid setting, without values, which may be secret. */
  notices: string[];
};

const defaultEndpoint = "http://localhost:4318";

/** Reads the export settings. Ignores invalid values with a notice: exporting never prevents startup. */
export function readSettings(given: OtelVariables): ReadSettings {
  const notices: string[] = [];
  if (given.OTEL_SDK_DISABLED?.toLowerCase() === "true") return { settings: null, notices };
  const traces = wants("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  const metrics = wants("OTEL_METRICS_EXPORTER", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT");
  if (!traces && !metrics) return { settings: null, notices };

  const protocol = given.OTEL_EXPORTER_OTLP_PROTOCOL ?? "http/json";
  if (protocol === "http/protobuf") {
    notices.push(
      "OTEL_EXPORTER_OTLP_PROTOCOL: http/protobuf is not supported; sending http/json to the same endpoint.",
    );
  } else if (protocol !== "http/json") {
    notices.push("OTEL_EXPORTER_OTLP_PROTOCOL: only http/json is supported; nothing is exported.");
    return { settings: null, notices };
  }
  const settings: ExportSettings = {
    tracesUrl: traces ? address("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "v1/traces") : null,
    metricsUrl: metrics ? address("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "v1/metrics") : null,
    headers: keyValues("OTEL_EXPORTER_OTLP_HEADERS"),
    timeoutMs: milliseconds("OTEL_EXPORTER_OTLP_TIMEOUT", 10_000),
    metricsEveryMs: milliseconds("OTEL_METRIC_EXPORT_INTERVAL", 60_000),
    serviceName: "weir",
    resource: keyValues("OTEL_RESOURCE_ATTRIBUTES"),
    sampler: readSampler(),
  };
  settings.serviceName = given.OTEL_SERVICE_NAME ?? settings.resource["service.name"] ?? settings.serviceName;
  const isSentAnywhere = settings.tracesUrl !== null || settings.metricsUrl !== null;
  return { settings: isSentAnywhere ? settings : null, notices };

  function wants(
    exporter: "OTEL_TRACES_EXPORTER" | "OTEL_METRICS_EXPORTER",
    endpoint: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" | "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
  ): boolean {
    const exporters = given[exporter];
    if (exporters === undefined)
      return given.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined || given[endpoint] !== undefined;
    const names = exporters.split(",").map((name) => name.trim());
    const unknown = names.filter((name) => name !== "otlp" && name !== "none" && name !== "");
    if (unknown.length > 0) notices.push(`${exporter}: only otlp and none are supported.`);
    return names.includes("otlp");
  }

  function address(
    own: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" | "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    path: string,
  ): string | null {
    const name = given[own] === undefined ? "OTEL_EXPORTER_OTLP_ENDPOINT" : own;
    const text = given[own] ?? `${(given.OTEL_EXPORTER_OTLP_ENDPOINT ?? defaultEndpoint).replace(/\/+$/, "")}/${path}`;
    if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
    notices.push(`${name}: must be an http:// or https:// URL; nothing is exported there.`);
    return null;
  }

  function keyValues(name: "OTEL_EXPORTER_OTLP_HEADERS" | "OTEL_RESOURCE_ATTRIBUTES"): KeyValues {
    const read = readKeyValues(given[name] ?? "");
    if (read === null)
      notices.push(`${name}: must be a comma-separated list of percent-encoded key=value pairs; ignored.`);
    return read ?? {};
  }

  function milliseconds(name: "OTEL_EXPORTER_OTLP_TIMEOUT" | "OTEL_METRIC_EXPORT_INTERVAL", otherwise: number): number {
    const text = given[name];
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 100 && value <= 3_600_000) return value;
    notices.push(`${name}: must be a whole number of milliseconds from 100 to 3600000; using ${otherwise}.`);
    return otherwise;
  }

  function readSampler(): SamplerSettings {
    const name = given.OTEL_TRACES_SAMPLER ?? "parentbased_always_on";
    const parentBased = name.startsWith("parentbased_");
    const root = samplers.find((known) => known === name.replace(/^parentbased_/, ""));
    if (root === undefined) {
      notices.push("OTEL_TRACES_SAMPLER: unknown sampler; using parentbased_always_on.");
      return { root: "always_on", ratio: 1, parentBased: true };
    }
    if (root !== "traceidratio") return { root, ratio: 1, parentBased };
    const text = given.OTEL_TRACES_SAMPLER_ARG ?? "1";
    const ratio = Number(text);
    if (text !== "" && ratio >= 0 && ratio <= 1) return { root, ratio, parentBased };
    notices.push("OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1; using 1.");
    return { root, ratio: 1, parentBased };
  }
}

export type KeyValues = Readonly<Record<string, string>>;

const maxPairs = 64;
const form = /^[\w.!#$%&'*+^`|~-]{1,256}$/;

/**
 * Parses `key=value,key=value` with percent-encoded values, the OpenTelemetry format of headers and resource attributes.
 * Null if invalid. Source: opentelemetry.io/docs/specs/otel/resource/sdk, after W3C Baggage.
 */
function readKeyValues(text: string): KeyValues | null {
  const pairs = text
    .split(",")
    .map((pair) => pair.trim())
    .filter((pair) => pair !== "");
  if (pairs.length > maxPairs) return null;
  const read: Record<string, string> = {};
  for (const pair of pairs) {
    const end = pair.indexOf("=");
    const key = pair.slice(0, Math.max(0, end)).trim();
    if (!form.test(key)) return null;
    try {
      const value = decodeURIComponent(pair.slice(end + 1).trim());
      // A line break would inject a second header.
      if (/[\r\n\0]/.test(value)) return null;
      read[key] = value;
    } catch {
      return null;
    }
  }
  return read;
}
