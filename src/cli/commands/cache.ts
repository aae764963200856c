import { type Command, listOption, textOption, UsageError } from "../command";

const modes = ["purge", "expire"] as const;

export const cacheCommand: Command = {
  name: "cache",
  summary: "invalidates cached answers on all nodes",
  usage: `Usage: npm run weir -- cache invalidate (--tag TAG… | --group GROUP… | --all) [--mode purge|expire] [--json]

  --tag TAG       everything that carries the tag, for example city:3448439 or country:JP; may be repeated
  --group GROUP   one group, for example city.search; may be repeated
  --all           everything
  --mode          purge (default): nothing older is served again; expire: older values may be served
                  while one reader refreshes them`,
  options: {
    tag: { type: "string", multiple: true },
    group: { type: "string", multiple: true },
    all: { type: "boolean" },
    mode: { type: "string" },
  },
  run: async (invocation, open) => {
    const [action, ...more] = invocation.positionals;
    if (action !== "invalidate" || more.length > 0) throw new UsageError("The one action is: cache invalidate");
    const tags = listOption(invocation, "tag");
    const groups = listOption(invocation, "group");
    const all = invocation.values["all"] === true;
    if (!all && tags.length + groups.length === 0) throw new UsageError("Say what: --tag, --group or --all.");
    const mode = modes.find((known) => known === (textOption(invocation, "mode") ?? "purge"));
    if (mode === undefined) throw new UsageError(`--mode must be ${modes.join(" or ")}.`);
    const { cache } = await open();
    const result = await cache.invalidate(all ? { all } : { tags, groups }, { mode });
    if (result.status === "queued") throw new UsageError("Redis cannot be reached; nothing was invalidated.");
    return { text: `Invalidated at epoch ${result.epoch}.`, data: result };
  },
};
