import { expect, test } from "vitest";
import { findSharedResponses } from "../../../packages/trpc-node/src/meta";
import type { Context } from "./context";
import { t } from "./init";
import { createRootRouter } from "./root";
import { sharedProcedure } from "./shared-procedure";

const shared = sharedProcedure({ freshSeconds: 60 });
const router = t.router({
  plain: shared.query(() => "for all"),
  asks: shared.query(({ ctx }) => ctx.session()),
});

test("its responses are shared, and it cannot read the session", async () => {
  // The procedures read nothing else of it.
  const ctx = { client: { kind: "internal", label: "test" }, session: async () => null } as unknown as Context;
  const call = t.createCallerFactory(router)(ctx);
  await expect(call.plain()).resolves.toBe("for all");
  await expect(call.asks()).rejects.toThrow("cannot read the session");
  expect([...findSharedResponses(router)]).toEqual([
    ["plain", "public, s-maxage=60"],
    ["asks", "public, s-maxage=60"],
  ]);
});

test("no procedure of the platform is shared", () => {
  expect(findSharedResponses(createRootRouter({})).size).toBe(0);
});
