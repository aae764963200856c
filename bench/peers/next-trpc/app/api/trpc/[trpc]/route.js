import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { readSettings } from "../../../../../read-settings.mjs";
import { createRouter } from "../../../../../trpc-router.mjs";

let router;

// Opened by the first request, because a build also runs this file, without settings.
function openRouter() {
  // The environment of a rival, not of Weir.
  return (router ??= createRouter(readSettings(process.env.PEER_SETTINGS)));
}

const handler = (req) => fetchRequestHandler({ endpoint: "/api/trpc", req, router: openRouter() });

export { handler as GET, handler as POST };
