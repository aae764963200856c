import { createServer } from "node:http";
import { initTRPC } from "@trpc/server";
import type { TestContext, TestInit } from "../../packages/trpc-node/src/conformance/init";
import { buildRouter } from "../../packages/trpc-node/src/conformance/router";
import { createTrpcHandler } from "@weir/trpc-node";

// The server under attack, as a separate process. It reports its port, responds to each message with its state, and
// ends with its parent process.

// With tRPC's own error shape; the type requires that of the tests.
const init = initTRPC.context<TestContext>().create({ isDev: false }) as unknown as TestInit;
const failed: Record<string, number> = {};
const handler = createTrpcHandler({
  router: buildRouter(init),
  createContext: ({ req, res }) => ({ req, res, user: "somebody" }),
  onError: ({ error }) => {
    if (error.code === "INTERNAL_SERVER_ERROR") failed[error.message] = (failed[error.message] ?? 0) + 1;
  },
});

const server = createServer(
  { requestTimeout: 1_000, headersTimeout: 1_000, connectionsCheckingInterval: 100 },
  (req, res) => handler(req, res),
);
server.keepAliveTimeout = 500;
server.listen(0, "127.0.0.1", () => process.send?.({ address: server.address() }));
process.on("message", () => {
  server.getConnections((_error, connections) => {
    process.send?.({ connections, rssMb: Math.round(process.memoryUsage.rss() / 2 ** 20), failed });
  });
});
process.on("disconnect", () => process.exit(0));
