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
  summary: "shows, previews, invalidates and deletes what is cached, on all nodes",
  usage: `Usage: npm run weir -- cache inspect [groups|tags|hot] [--limit N] [--json]
       npm run weir -- cache inspect keys [PREFIX] [--limit N] [--cursor C] [--json]
       npm run weir -- cache inspect key GROUP:KEY [--value] [--json]
       npm run weir -- cache preview TARGET [--json]
       npm run weir -- cache invalidate TARGET [--mode purge|expire] [--wait local|fleet] [--dry-run] [--json]
       npm run weir -- cache delete (TARGET | --prefix GROUP:BEGIN) [--mode purge|expire] [--dry-run] [--json]

TARGET is one or more of
  --tag TAG         everything that carries the tag, for example order:42 or customer:7; may be repeated
  --key GROUP:KEY   one entry, for example order.byId:42; may be repeated
  --group GROUP     one group, for example order.search; may be repeated
  --all             everything

  inspect      looks and changes nothing: groups, families of tags, the keys under a prefix of GROUP:KEY, one key
               in full (why it would not be served), the keys that all nodes read most
  preview      how many entries an invalidation would hit, by group
  invalidate   --mode purge (default): nothing older is served again; expire: older values may be served while one
               reader refreshes them. --wait fleet: ends when every live node has applied it.
  delete       the same, and --prefix removes what lies under it from Redis too
  --dry-run    the preview instead of the act
  --value      shows the value of the key too; never that of a sensitive group

Redis is walked with SCAN, never KEYS; progress goes to stderr, the answer says how far it came. Acts are in the audit log.
Ends with status 0; 1 when it failed, Redis cannot be reached or the one key is not there; 2 for a wrong call.`,
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
      throw new UsageError(`Say one of cache ${[...actions.keys()].join(", cache ")}; --help explains them.`);
    }
    return action(invocation, open);
  },
};
