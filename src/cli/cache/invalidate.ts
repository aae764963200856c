import type { Runtime } from "@/server/runtime";
import { commandLine } from "../actor";
import { type CommandResult, type Invocation, textOption, UsageError } from "../command";
import { previewAction } from "./preview";
import { readMode, readTarget } from "./target";

const waits = ["local", "fleet"] as const;

export async function invalidateAction(invocation: Invocation, open: () => Promise<Runtime>): Promise<CommandResult> {
  const target = readTarget(invocation);
  const mode = readMode(invocation);
  const wait = waits.find((known) => known === (textOption(invocation, "wait") ?? "local"));
  if (wait === undefined) throw new UsageError(`--wait must be ${waits.join(" or ")}.`);
  if (invocation.values["dry-run"] === true) return previewAction(invocation, open);
  const { services } = await open();
  const result = await services.invalidation.invalidate({ ...target, mode, wait }, commandLine);
  if (result.status === "applied") return { text: `Invalidated at epoch ${result.epoch}.`, data: result };
  // An invalidation that is queued in memory is lost when this program ends.
  return { text: "Redis is unreachable. Nothing was invalidated.", data: { ok: false, ...result } };
}
