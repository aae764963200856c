import { platformOutbox } from "@weir/postgres/schema";
import { parseArgs } from "node:util";
import { expect, test } from "vitest";
import { createOutbox } from "@weir/postgres";
import { UsageError } from "../command";
import { openCliRuntime, runOn } from "../test-command";
import { cacheCommand } from "./cache";

/** With three notes in the cache. */
async function openTestRuntime() {
  const opened = await openCliRuntime();
  const { runtime } = opened;
  const outbox = createOutbox(runtime.database, platformOutbox);
  await expect.poll(async () => (await outbox.pending(1)).length, { timeout: 20_000 }).toBe(0);
  const { notes } = runtime.services;
  const keys = [1_004, 1_106, 1_201].map((id) => ({ group: "note.byId", key: String(id) }));
  const stored = async (): Promise<boolean> => {
    await notes.byIds(keys.map(({ key }) => Number(key)));
    const { entries } = await runtime.cache.preview({ keys });
    // A fill that is too slow on a busy machine is abandoned, so the next read must load again.
    if (entries < keys.length) await runtime.cache.invalidate({ keys });
    return entries === keys.length;
  };
  await expect.poll(stored, { timeout: 30_000, interval: 500 }).toBe(true);
  return opened;
}

test("the command line inspects, previews, invalidates and deletes, and records audit events", async () => {
  await using app = await openTestRuntime();
  const cache = runOn(app.runtime, cacheCommand);

  const groups = await cache("inspect");
  expect(groups.text).toMatch(/^note\.byId +1 +5 min +60 min +30 s +3 /mu);
  const keys = await cache("inspect", "keys", "note.byId:");
  for (const id of [1_004, 1_106, 1_201]) expect(keys.text).toContain(`note.byId:${id} `);
  expect(keys.text).toContain("No more keys.");
  const key = await cache("inspect", "key", "note.byId:1201", "--value");
  expect(key.text).toContain("note 16");
  expect(key.data).toMatchObject({ ok: true, stored: { state: "fresh" } });
  expect((await cache("inspect", "key", "note.byId:1")).data).toMatchObject({ ok: false, stored: null });
  expect((await cache("inspect", "tags")).text).toMatch(/^note:\* +3 /mu);
  expect((await cache("inspect", "hot")).text).toContain("nodes");

  expect((await cache("preview", "--tag", "note:1201")).data).toMatchObject({ entries: 1, isExact: true });
  expect((await cache("invalidate", "--all", "--dry-run")).data).toMatchObject({ entries: 3 });
  expect((await cache("delete", "--prefix", "note.byId:12", "--dry-run")).data).toEqual({ entries: 1 });
  expect((await cache("delete", "--prefix", "note.byId:12")).data).toMatchObject({ deleted: 1 });
  expect((await cache("invalidate", "--key", "note.byId:1004", "--wait", "fleet")).data).toMatchObject({
    status: "applied",
  });
  expect((await cache("preview", "--all")).data).toMatchObject({ entries: 1 });
  expect((await cache("delete", "--group", "note.byId")).data).toMatchObject({ status: "applied" });
  expect((await cache("preview", "--all")).data).toMatchObject({ entries: 0 });

  const { entries } = await app.runtime.services.audit.list({ limit: 10 });
  expect(entries.map(({ action, actor }) => [action, actor.label])).toEqual([
    ["cache.invalidate", "command line"],
    ["cache.invalidate", "command line"],
    ["cache.deletePrefix", "command line"],
  ]);
});

test.for([
  [],
  ["nonsense"],
  ["invalidate"],
  ["invalidate", "--key", "nocolon"],
  ["invalidate", "--all", "--mode", "soft"],
  ["invalidate", "--all", "--wait", "long"],
  ["preview"],
  ["delete", "--prefix", "nocolon"],
  ["delete", "--prefix", "note.byId:12", "--all"],
  ["inspect", "nonsense"],
  ["inspect", "key"],
  ["inspect", "keys", "a", "b"],
  ["inspect", "keys", "--limit", "0"],
])("invalid arguments are explained without opening a connection: %s", async (words) => {
  const { options } = cacheCommand;
  const invocation = parseArgs({ args: words, options, allowPositionals: true });
  await expect(cacheCommand.run(invocation, () => Promise.reject(new Error("opened")))).rejects.toThrow(UsageError);
});
