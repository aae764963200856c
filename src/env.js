// @ts-check
// The only reader of process.env. JavaScript, so that next.config.js can import it as it is.
import { z } from "zod";

/** What can be switched off to measure what it buys. */
export const disablable = /** @type {const} */ (["l1", "l2", "single-flight", "prepared", "batching"]);

/** @param {string[]} protocols */
const url = (...protocols) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
    );

const commaList = z.string().transform((text) =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== ""),
);

/**
 * @param {number} least
 * @param {number} most
 */
const whole = (least, most) =>
  z
    .string()
    .refine(
      (text) => /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most,
      `must be a whole number from ${least} to ${most}`,
    )
    .transform(Number);

const schema = z.object({
  NODE_ENV: z.enum(["development", "production", "test"]).default("development"),
  PORT: whole(0, 65_535).default(3000),
  HOST: z.string().min(1, "must be an address or a host name").default("127.0.0.1"),
  PUBLIC_ORIGIN: url("http:", "https:")
    .refine((value) => URL.canParse(value) && new URL(value).origin === value, "must be an origin without a path")
    .optional(),
  TRUSTED_PROXIES: commaList
    .refine(
      (items) => items.every((item) => z.union([z.ipv4(), z.ipv6()]).safeParse(item).success),
      "must be a comma list of IP addresses",
    )
    .default([]),
  DATABASE_URL: url("postgres:", "postgresql:").optional(),
  DATABASE_POOL_MAX: whole(1, 200).default(10),
  REDIS_URL: url("redis:", "rediss:").optional(),
  QUEUE_REDIS_URL: url("redis:", "rediss:").optional(),
  KEY_PREFIX: z
    .string()
    .regex(/^[\w.-]{1,40}:$/, "must be 1 to 40 letters, digits, dots, dashes or underscores, then a colon")
    .default("weir:"),
  DATA_DIR: z.string().min(1, "must be a folder").default(".data"),
  METRICS_TOKEN: z.string().min(16, "must have at least 16 characters").optional(),
  SHUTDOWN_DELAY_MS: whole(0, 60_000).default(0),
  WEIR_DISABLE: commaList
    .pipe(z.array(z.enum(disablable, `must be a comma list of ${disablable.join(", ")}`)))
    .default([]),
});

/** @typedef {Readonly<z.output<typeof schema>>} Env */

/**
 * Reads the environment. Empty values count as absent.
 * @param {Record<string, string | undefined>} source
 * @returns {{ ok: true, env: Env } | { ok: false, problems: string[] }} every problem at once, each with its variable
 */
export function readEnv(source) {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = schema.safeParse(given);
  if (parsed.success) return { ok: true, env: Object.freeze(parsed.data) };
  return {
    ok: false,
    problems: parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`),
  };
}

const read = readEnv(process.env);
if (!read.ok) {
  console.error(
    `The environment has values that cannot be used:\n${read.problems.map((line) => `  ${line}`).join("\n")}`,
  );
  console.error("Every variable is described in .env.example.");
  process.exit(1);
}
export const env = read.env;
