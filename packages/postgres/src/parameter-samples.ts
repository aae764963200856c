/** Whether values of statements are kept: `auto` where Postgres cannot plan without them, before version 16. */
export type SampleMode = "auto" | "on" | "off";

/**
 * The values that were last sent with each statement, as Drizzle encoded them. They stay in this process: nothing but
 * EXPLAIN is sent them, and nobody is shown them.
 */
export type ParameterSamples = {
  /** False when `keep` would do nothing. */
  readonly isKeeping: boolean;
  readonly keep: (text: string, parameters: readonly unknown[]) => void;
  /** Null when none were kept. */
  readonly of: (text: string) => readonly unknown[] | null;
  /** Tells the version of the server, as it introduces itself: `18.0`, `15.14 (Debian …)`. */
  readonly heardVersion: (version: string) => void;
};

const mostStatements = 500;
const longestSample = 4_000;
/** How long a sample stays before the next one takes its place. */
const keepMs = 1_000;
const firstVersionWithGenericPlans = 16;

function lengthOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + lengthOf(item), 2);
  return value instanceof Uint8Array ? value.length : 8;
}

type Sample = { parameters: readonly unknown[]; keptAtMs: number };

export function createParameterSamples(mode: SampleMode, now: () => number): ParameterSamples {
  // The statement that was first seen longest ago gives way.
  const samples = new Map<string, Sample>();
  // The first statement goes out before the server has introduced itself.
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
      if (lengthOf(parameters) > longestSample) return;
      samples.set(text, { parameters, keptAtMs: nowMs });
      if (samples.size <= mostStatements) return;
      for (const [oldest] of samples) return void samples.delete(oldest);
    },
    of: (text) => samples.get(text)?.parameters ?? null,
    heardVersion: (version) => {
      if (mode !== "auto") return;
      isKeeping = Number.parseInt(version, 10) < firstVersionWithGenericPlans;
      if (!isKeeping) samples.clear();
    },
  };
}
