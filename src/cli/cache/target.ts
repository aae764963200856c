import type { CachePreviewInput } from "@/admin/cache/contract";
import { type Invocation, listOption, textOption, UsageError } from "../command";

const modes = ["purge", "expire"] as const;

/** `order.byId:42` as group and key; a key may contain further colons. Throws a UsageError for anything else. */
export function readKey(text: string): { group: string; key: string } {
  const colon = text.indexOf(":");
  if (colon < 1 || colon === text.length - 1) {
    throw new UsageError(`A key must be GROUP:KEY, for example order.byId:42; got ${JSON.stringify(text)}.`);
  }
  return { group: text.slice(0, colon), key: text.slice(colon + 1) };
}

/** The combined target of --tag, --key, --group and --all. Throws a UsageError without a target. */
export function readTarget(invocation: Invocation): CachePreviewInput {
  const tags = listOption(invocation, "tag");
  const keys = listOption(invocation, "key").map(readKey);
  const groups = listOption(invocation, "group");
  if (invocation.values["all"] === true) return { all: true };
  if (tags.length + keys.length + groups.length === 0) {
    throw new UsageError("Specify a target: --tag, --key, --group or --all.");
  }
  return {
    ...(tags.length === 0 ? {} : { tags }),
    ...(keys.length === 0 ? {} : { keys }),
    ...(groups.length === 0 ? {} : { groups }),
  };
}

export function readMode(invocation: Invocation): (typeof modes)[number] {
  const mode = modes.find((known) => known === (textOption(invocation, "mode") ?? "purge"));
  if (mode === undefined) throw new UsageError(`--mode must be ${modes.join(" or ")}.`);
  return mode;
}
