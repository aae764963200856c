import type { Contender } from "./rivals";
import type { Scenario } from "./scenario";
import { openTheatre, type StageOptions } from "./stage";
import { type Verdict, wrong } from "./verdict";

export type Column = { contender: Contender; cells: ReadonlyMap<Scenario, Verdict> };

const longestScenarioMs = 60_000;

/** The outcome of a scenario. One that takes too long is stopped, so that it does not overlap the next. */
async function verdictOf(play: Promise<Verdict>, breakOff: () => Promise<void>): Promise<Verdict> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, longestScenarioMs, null);
  });
  try {
    const verdict = await Promise.race([play, tooLong]);
    if (verdict !== null) return verdict;
    await breakOff();
    await play.catch(() => undefined);
    return wrong(`did not end within ${longestScenarioMs / 1000} s`);
  } catch (error) {
    return wrong(`failed: ${error instanceof Error ? error.message.slice(0, 120) : String(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs one contender through the scenarios sequentially, on its own Redis and in its own processes. */
export async function judge(
  contender: Contender,
  scenarios: readonly Scenario[],
  options: Omit<StageOptions, "adapter" | "features">,
  log: (text: string) => void,
): Promise<Column> {
  const { adapter, features } = contender;
  const theatre = await openTheatre({ ...options, adapter, features });
  const cells = new Map<Scenario, Verdict>();
  try {
    for (const scenario of scenarios) {
      const verdict = await verdictOf(theatre.play(scenario.play), theatre.breakOff);
      cells.set(scenario, verdict);
      if (verdict.kind === "wrong") log(`${contender.name}: ${scenario.name}: ${verdict.seen}`);
    }
  } finally {
    await theatre.close();
  }
  return { contender, cells };
}
