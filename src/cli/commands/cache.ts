import { deleteAction } from "../cache/delete";
import { inspectAction } from "../cache/inspect";
import { invalidateAction } from "../cache/invalidate";
import { previewAction } from "../cache/preview";
import { type Command, UsageError } from "../command";

const actions = new Map(
  Object.entries({
    inspect: inspectAction,
    preview: previewAction,
    invalidate: invalidateAction,
    delete: deleteAction,
  }),
);

export const cacheCommand: Command = {
  name: "cache",
  summary: "inspects, previews, invalidates and deletes cache entries on all nodes",
  usage: `Usage: npm run weir -- cache inspect [groups|tags|hot] [--limit N] [--json]
       npm run weir -- cache inspect keys [PREFIX] [--limit N] [--cursor C] [--json]
       npm run weir -- cache inspect key GROUP:KEY [--value] [--json]
       npm run weir -- cache preview TARGET [--json]
       npm run weir -- cache invalidate TARGET [--mode purge|expire] [--wait local|fleet] [--dry-run] [--json]
       npm run weir -- cache delete (TARGET | --prefix GROUP:PREFIX) [--mode purge|expire] [--dry-run] [--json]

TARGET is one or more of
  --tag TAG         all entries with this tag, for example order:42 or customer:7; may be repeated
  --key GROUP:KEY   one entry, for example order.byId:42; may be repeated
  --group GROUP     one group, for example order.search; may be repeated
  --all             everything

  inspect      lists groups, tag families, keys under a prefix of GROUP:KEY, or the most read keys of all nodes; or
               shows one key in full and why it would not be served. Changes nothing.
  preview      shows how many entries an invalidation would affect, by group
  invalidate   --mode purge (default): older values are never served again; expire: older values may be served while
               one reader refreshes them. --wait fleet: returns when every live node has applied it.
  delete       does the same; with --prefix it also removes all entries under the prefix from Redis
  --dry-run    shows the preview and changes nothing
  --value      also shows the value of the key, except in a sensitive group

Redis is scanned with SCAN, never KEYS. Progress goes to stderr. Changes are recorded in the audit log.
Exit status: 0 on success; 1 on failure, when Redis is unreachable or the key is not in Redis; 2 for invalid arguments.`,
  options: {
    tag: { type: "string", multiple: true },
    key: { type: "string", multiple: true },
    group: { type: "string", multiple: true },
    all: { type: "boolean" },
    prefix: { type: "string" },
    mode: { type: "string" },
    wait: { type: "string" },
    "dry-run": { type: "boolean" },
    limit: { type: "string" },
    cursor: { type: "string" },
    value: { type: "boolean" },
  },
  run: async (invocation, open) => {
    const [name = "", ...more] = invocation.positionals;
    const action = actions.get(name);
    if (action === undefined || (name !== "inspect" && more.length > 0)) {
      throw new UsageError(`Choose an action: cache ${[...actions.keys()].join(", cache ")}. See --help.`);
    }
    return action(invocation, open);
  },
};
