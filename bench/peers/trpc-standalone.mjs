// tRPC's own standalone adapter. Arguments: port, settings.
import { createHTTPServer } from "@trpc/server/adapters/standalone";
import { readSettings } from "./read-settings.mjs";
import { createRouter } from "./trpc-router.mjs";

const [port, file] = process.argv.slice(2);
createHTTPServer({ router: createRouter(readSettings(file)) }).listen(Number(port), "127.0.0.1");
