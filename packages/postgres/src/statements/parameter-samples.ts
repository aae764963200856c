/** Whether to keep parameters of statements: `auto` where Postgres cannot plan without them, before version 16. */
export type SampleMode = "auto" | "on" | "off";

/**
 * Recent parameters of each statement, as Drizzle encoded them. They stay in this process: they are sent only with
 * EXPLAIN, and never shown.
 */
export type ParameterSamples = {
  /** False when `keep` would do nothing. */
  readonly isKeeping: boolean;
  readonly keep: (text: string, parameters: readonly unknown[]) => void;
  /** Null when there are none. */
  readonly of: (text: string) => readonly unknown[] | null;
  /** Takes the version of the server: `18.0`, `15.14 (Debian …)`. */
  readonly onServerVersion: (version: string) => void;
};

const maxStatements = 500;
const maxSampleLength = 4_000;
/** Minimum age of a sample before the next one replaces it. */
const keepMs = 1_000;
const firstVersionWithGenericPlans = 16;

function lengthOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + lengthOf(item), 2);
  return value instanceof Uint8Array ? value.length : 8;
}

type Sample = { parameters: readonly unknown[]; keptAtMs: number };

export function createParameterSamples(mode: SampleMode, now: () => number): ParameterSamples {
  // Evicted in the order of their first use.
  const samples = new Map<string, Sample>();
  // The first statement is sent before the server has reported its version.
  let isKeeping = mode !== "off";

  return {
    get isKeeping() {
      return isKeeping;
    },
    keep: (text, parameters) => {
      if (!isKeeping || parameters.length === 0) return;
      const nowMs = now();
      const known = samples.get(text);
      if (known !== undefined && nowMs - known.keptAtMs < keepMs) return;
      if (lengthOf(parameters) > maxSampleLength) return;
      samples.set(text, { parameters, keptAtMs: nowMs });
      if (samples.size <= maxStatements) return;
      for (const [oldest] of samples) return void samples.delete(oldest);
    },
    of: (text) => samples.get(text)?.parameters ?? null,
    onServerVersion: (version) => {
      if (mode !== "auto") return;
      isKeeping = Number.parseInt(version, 10) < firstVersionWithGenericPlans;
      if (!isKeeping) samples.clear();
    },
  };
}
