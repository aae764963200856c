// @ts-check
// The only reader of process.env. JavaScript, so that next.config.js can import it as it is.
import { z } from "zod";
import { passwordProblem } from "./server/auth/password-rule.js";

/** Techniques that can be disabled to measure what they buy. */
export const disablable = /** @type {const} */ ([
  "l1",
  "l2",
  "single-flight",
  "prepared",
  "batching",
  "telemetry",
  "traces",
]);

/** @param {string[]} protocols */
const url = (...protocols) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
    );

/**
 * Of several hosts, separated by commas, each is checked alone.
 * @param {string} value
 */
function isDatabaseUrl(value) {
  const [, head = "", hosts = "", rest = ""] = /^(postgres(?:ql)?:\/\/(?:[^@/?]*@)?)([^/?]*)(.*)$/.exec(value) ?? [];
  return head !== "" && hosts.split(",").every((host) => URL.canParse(`${head}${host}${rest}`));
}

/** Of one server, or of the primary behind Sentinels: `redis+sentinel://host:port,host:port/name`. */
const redisUrl = z
  .string()
  .refine(
    (value) =>
      /^rediss?\+sentinel:\/\/(?:[^@/]*@)?[^/?#]+\/[^/?#]+(?:\/\d+)?(?:\?[^#]*)?$/.test(value) ||
      (URL.canParse(value) && ["redis:", "rediss:"].includes(new URL(value).protocol)),
    "must be a URL that begins with redis:// or rediss://, or redis+sentinel://host:port,host:port/name",
  );

const otelText = z.string().trim().max(8_192, "must have at most 8192 characters");

/**
 * IPv4 in the spelling of IPv6: the prefix counts the 96 bits in front of it.
 * @param {string} text
 */
function isMappedOrPlain(text) {
  const [address = "", prefix] = text.split("/");
  const origin = `http://[${address}]`;
  if (!URL.canParse(origin)) return false;
  return Number(prefix) >= 96 || !/^\[::ffff:[\da-f]+:[\da-f]+\]$/.test(new URL(origin).hostname);
}

const network = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6().refine(isMappedOrPlain)]);

/** @param {URL} url */
const isOrigin = ({ username, password, pathname, search, hash }) =>
  `${username}${password}${search}${hash}` === "" && pathname === "/";

const commaList = z.string().transform((text) =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== ""),
);

/**
 * @param {number} min
 * @param {number} max
 */
const whole = (min, max) =>
  z
    .string()
    .refine(
      (text) => /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max,
      `must be a whole number from ${min} to ${max}`,
    )
    .transform(Number);

const ratio = z
  .string()
  .refine((text) => /^(?:0|1|[01]?\.\d{1,9})$/.test(text) && Number(text) <= 1, "must be a number from 0 to 1")
  .transform(Number);

const schema = z.object({
  NODE_ENV: z.enum(["development", "production", "test"]).default("development"),
  PORT: whole(0, 65_535).default(3000),
  HOST: z
    .string()
    // As in a URL, where an IPv6 address stands in brackets.
    .transform((host) => host.replace(/^\[(.*)\]$/, "$1"))
    .pipe(z.string().min(1, "must be an address or a host name"))
    .default("127.0.0.1"),
  PUBLIC_ORIGIN: url("http:", "https:")
    .refine((value) => URL.canParse(value) && isOrigin(new URL(value)), "must be an origin without a path")
    // As browsers send it: lower case, punycode, without the default port.
    .transform((value) => new URL(value).origin)
    .optional(),
  TRUSTED_PROXIES: commaList
    .refine(
      (items) => items.every((item) => network.safeParse(item).success),
      "must be a comma-separated list of IP addresses and networks such as 10.0.0.0/8",
    )
    .default([]),
  DATABASE_URL: z
    .string()
    .refine((value) => isDatabaseUrl(value), "must be a URL that begins with postgres:// or postgresql://")
    .optional(),
  MIGRATE: z.enum(["auto", "check", "off"], "must be auto, check or off").default("auto"),
  SEED: z.enum(["auto", "on", "off"], "must be auto, on or off").default("auto"),
  DATABASE_POOL_MAX: whole(1, 200).default(10),
  DATABASE_POOLER: z.enum(["auto", "session", "transaction"], "must be auto, session or transaction").default("auto"),
  REDIS_URL: redisUrl.optional(),
  QUEUE_REDIS_URL: redisUrl.optional(),
  KEY_PREFIX: z
    .string()
    .regex(/^[\w.-]{1,40}:$/, "must be 1 to 40 letters, digits, dots, dashes or underscores, then a colon")
    .default("weir:"),
  CACHE_VALUE_VIEWER: z.enum(["on", "off"], "must be on or off").optional(),
  DATA_DIR: z.string().min(1, "must be a folder").default(".data"),
  WEIR_INSTALL: z.enum(["auto", "ask", "never"], "must be auto, ask or never").default("auto"),
  AUTH_SECRET: z.string().min(32, "must have at least 32 characters").optional(),
  ADMIN_EMAIL: z.string().trim().toLowerCase().max(254).pipe(z.email("must be an email address")).optional(),
  ADMIN_PASSWORD: z
    .string()
    .superRefine((password, context) => {
      const problem = passwordProblem(password);
      if (problem !== null) context.addIssue({ code: "custom", message: problem });
    })
    .optional(),
  METRICS_TOKEN: z.string().min(16, "must have at least 16 characters").optional(),
  METRICS_PORT: whole(0, 65_535).default(0),
  SHUTDOWN_DELAY_MS: whole(0, 60_000).default(0),
  LIMIT_URL_LENGTH: whole(512, 65_536).default(8_192),
  LIMIT_BODY_BYTES: whole(1_024, 16_777_216).default(64_000),
  LIMIT_BATCH_LENGTH: whole(1, 1_000).default(20),
  LIMIT_IN_FLIGHT: whole(1, 10_000).default(100),
  LIMIT_CONNECTIONS: whole(10, 1_000_000).optional(),
  LIMIT_COLD_KEYS: whole(1_000, 999_999_999).default(30_000),
  LIMIT_CALL_MS: whole(100, 120_000).default(10_000),
  LIMIT_HEADER_COUNT: whole(20, 2_000).default(200),
  LIMIT_HEADER_BYTES: whole(4_096, 262_144).default(16_384),
  LIMIT_HEADERS_MS: whole(500, 120_000).default(10_000),
  LIMIT_REQUEST_MS: whole(500, 600_000).default(30_000),
  LIMIT_KEEP_ALIVE_MS: whole(1_000, 3_600_000).default(75_000),
  LIMIT_STALLED_STREAM_MS: whole(1_000, 600_000).default(30_000),
  LOG_LEVEL: z
    .enum(
      ["trace", "debug", "info", "warn", "error", "fatal", "silent"],
      "must be trace, debug, info, warn, error, fatal or silent",
    )
    .default("info"),
  LOG_FORMAT: z.enum(["auto", "json", "pretty"], "must be auto, json or pretty").default("auto"),
  STATEMENT_VALUES: z.enum(["auto", "on", "off"], "must be auto, on or off").default("auto"),
  // OpenTelemetry's specification demands that unknown values are reported and ignored, never an error.
  OTEL_SDK_DISABLED: otelText.optional(),
  OTEL_SERVICE_NAME: otelText.optional(),
  OTEL_RESOURCE_ATTRIBUTES: otelText.optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: otelText.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: otelText.optional(),
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: otelText.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: otelText.optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: otelText.optional(),
  OTEL_EXPORTER_OTLP_TIMEOUT: otelText.optional(),
  OTEL_TRACES_EXPORTER: otelText.optional(),
  OTEL_METRICS_EXPORTER: otelText.optional(),
  OTEL_TRACES_SAMPLER: otelText.optional(),
  OTEL_TRACES_SAMPLER_ARG: otelText.optional(),
  OTEL_METRIC_EXPORT_INTERVAL: otelText.optional(),
  TELEMETRY_REDIS_MINUTES: whole(30, 1_440).default(180),
  TELEMETRY_MINUTE_DAYS: whole(1, 90).default(7),
  TELEMETRY_HOUR_DAYS: whole(1, 800).default(90),
  TELEMETRY_FINE_BYTES: whole(4_194_304, 999_999_999).default(33_554_432),
  TELEMETRY_MINUTE_BYTES: whole(4_194_304, 999_999_999).default(67_108_864),
  TELEMETRY_ROW_BYTES: whole(65_536, 16_777_216).default(1_048_576),
  TRACE_SAMPLE_RATIO: ratio.default(0.01),
  TRACE_RING_BYTES: whole(1_048_576, 999_999_999).default(16_777_216),
  TRACE_PARAMETERS: z.enum(["redacted", "shown"], "must be redacted or shown").default("redacted"),
  WEIR_VERIFY: ratio.default(0),
  WEIR_DISABLE: commaList
    .pipe(z.array(z.enum(disablable, `must be a comma-separated list of ${disablable.join(", ")}`)))
    .default([]),
});

/** Rules between variables, checked once each of them is valid. */
const checked = schema.superRefine((env, context) => {
  if (context.issues.length > 0) return;
  /** @param {string} name @param {string} message */
  const refuse = (name, message) => context.addIssue({ code: "custom", path: [name], message });
  if (env.LIMIT_HEADER_BYTES < env.LIMIT_URL_LENGTH + 2_048) {
    refuse("LIMIT_HEADER_BYTES", "must be at least LIMIT_URL_LENGTH plus 2048, because the URL counts towards it");
  }
  if (env.TELEMETRY_HOUR_DAYS < env.TELEMETRY_MINUTE_DAYS) {
    refuse("TELEMETRY_HOUR_DAYS", "must not be less than TELEMETRY_MINUTE_DAYS, because minutes are merged into hours");
  }
  if (env.TRACE_PARAMETERS === "shown" && env.NODE_ENV !== "development") {
    refuse("TRACE_PARAMETERS", "may be shown in development only, because values of statements are personal data");
  }
  if (env.LIMIT_REQUEST_MS < env.LIMIT_HEADERS_MS) {
    refuse("LIMIT_REQUEST_MS", "must not be less than LIMIT_HEADERS_MS, which it includes");
  }
});

/** @typedef {Readonly<z.output<typeof schema>>} Env */

/**
 * Reads the environment. Empty values count as absent.
 * @param {Record<string, string | undefined>} source
 * @returns {{ ok: true, env: Env } | { ok: false, problems: string[] }} all problems, each with its variable
 */
export function readEnv(source) {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = checked.safeParse(given);
  if (parsed.success) return { ok: true, env: Object.freeze(parsed.data) };
  return {
    ok: false,
    problems: parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`),
  };
}

const read = readEnv(process.env);
if (!read.ok) {
  const says = "The environment has invalid values";
  const where = "Every variable is described in .env.example.";
  if (process.env["LOG_FORMAT"] === "json") {
    const time = new Date().toISOString();
    console.error(JSON.stringify({ level: "fatal", time, problems: read.problems, msg: `${says}. ${where}` }));
  } else {
    console.error(`${says}:\n${read.problems.map((line) => `  ${line}`).join("\n")}\n${where}`);
  }
  process.exit(1);
}
export const env = read.env;
