import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { readSettings } from "../../../../../read-settings.mjs";
import { createRouter } from "../../../../../trpc-router.mjs";

let router;

// Opened by the first request: a build runs this file too, without settings.
function openRouter() {
  // Not the environment of Weir but that of a rival.
  return (router ??= createRouter(readSettings(process.env.PEER_SETTINGS)));
}

const handler = (req) => fetchRequestHandler({ endpoint: "/api/trpc", req, router: openRouter() });

export { handler as GET, handler as POST };
