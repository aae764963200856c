import { waitUntil } from "@weir/embedded/processes";
import { liveMb, type LiveMemory } from "../process/live-memory";
import { type Attack, atMost, type AttackResult, type Check, type Scale } from "./attack";
import { authorisation } from "./attacks/authorisation";
import { browsers } from "./attacks/browsers";
import { coldKeys } from "./attacks/cold-keys";
import { distinctValues } from "./attacks/distinct-values";
import { headers } from "./attacks/headers";
import { inputs } from "./attacks/inputs";
import { pages } from "./attacks/pages";
import { signIn } from "./attacks/sign-in";
import { slowClients } from "./attacks/slow-clients";
import { smuggling } from "./attacks/smuggling";
import { streams } from "./attacks/streams";
import { upgrades } from "./attacks/upgrades";
import type { Target } from "./target";

/** In their order: upgrades come first, because the first page changes what they meet. */
const attacks: readonly Attack[] = [
  upgrades,
  authorisation,
  pages,
  headers,
  smuggling,
  browsers,
  inputs,
  streams,
  coldKeys,
  distinctValues,
  slowClients,
  signIn,
];

/** The attacks of a scale: on a node without pages, on one with pages those to which pages matter, or all of them. */
export function attacksOf(scale: Scale, on: "no pages" | "pages" | "all"): Attack[] {
  return attacks.filter(({ isQuick, pages: their }) => {
    const fits = on === "all" || (on === "pages" ? their !== undefined : their !== "needed");
    return fits && (isQuick || scale === "full");
  });
}

/** Makes one attack. An attack that cannot be made is missed: the target may be the reason. */
export async function makeAttack(target: Target, attack: Attack, scale: Scale): Promise<AttackResult> {
  if (!target.isAlive()) return dead(attack.name, "the server was no longer running");
  try {
    const result = await attack.run(target, scale);
    return target.isAlive() ? result : dead(attack.name, "the server died of it", result.checks);
  } catch (error) {
    return dead(attack.name, error instanceof Error ? error.message : String(error));
  }
}

const dead = (name: string, evidence: string, before: Check[] = []): AttackResult => ({
  checks: [...before, { name: `${name} was survived`, held: false, evidence }],
  unmeasured: [],
});

export type Holdings = { descriptors: number; residentMb: number; live: LiveMemory };

/** What the server holds at rest. */
export async function takeStock(target: Target): Promise<Holdings> {
  const live = await target.liveMemory();
  return { descriptors: target.descriptors(), residentMb: target.residentMb(), live };
}

const countHandles = ({ resources }: LiveMemory): number =>
  Object.values(resources).reduce((sum, count) => sum + count, 0);

/** Connections to Postgres and Redis, which come and go, and files that Next opened on the way. */
const mostDescriptors = 24;
const mostHandles = 40;
/** Rings, caches and compiled code fill up to their own bounds. */
const mostLiveMb = 160;
/** Rejected requests are counted, not logged one by one: more than 60 000 were sent. */
const mostLogLines = 500;
/** The grace of requests that the server accepted, and a moment to close what it opened. */
const stopsWithinMs = 12_000;

/** What is left of the attacks: descriptors, handles and memory near the start, a server that serves, and stops in time. */
export async function judgeAftermath(target: Target, before: Holdings): Promise<Check[]> {
  if (!target.isAlive()) return [{ name: "it is still there", held: false, evidence: "the process has ended" }];
  // Clients have left; sockets of the server follow within its own limits.
  await waitUntil(() => target.descriptors() <= before.descriptors + mostDescriptors, 10_000);
  const { status } = await target.ask({ path: "/readyz" });
  const after = await takeStock(target);
  const [liveBefore, liveAfter] = [Math.round(liveMb(before.live)), Math.round(liveMb(after.live))];
  const [handlesBefore, handlesAfter] = [countHandles(before.live), countHandles(after.live)];
  const { lines, strange } = target.log();
  const resident = `resident ${Math.round(before.residentMb)} and ${Math.round(after.residentMb)} MB`;
  const tookMs = await target.stop();
  return [
    { name: "afterwards it still serves", held: status === 200, evidence: `/readyz ${status}` },
    atMost(
      "more descriptors than before",
      after.descriptors - before.descriptors,
      mostDescriptors,
      `(of ${before.descriptors})`,
    ),
    atMost("more handles than before", handlesAfter - handlesBefore, mostHandles, `(of ${handlesBefore})`),
    atMost("more live memory than before", liveAfter - liveBefore, mostLiveMb, `MB (of ${liveBefore} MB; ${resident})`),
    {
      name: "the log is JSON throughout",
      held: strange.length === 0,
      evidence: `${strange.length} of ${lines} lines are not: ${strange.slice(0, 3).join(" | ").slice(0, 300)}`,
    },
    atMost("lines in the log", lines, mostLogLines, ""),
    tookMs === null
      ? { name: "SIGTERM ends it", held: false, evidence: "it had to be killed" }
      : atMost("SIGTERM ends it after", Math.round(tookMs), stopsWithinMs, "ms"),
  ];
}
