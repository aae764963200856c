import { env } from "@/env.js";
import { runPackCommand } from "./command";
import { packClient } from "./pack-client";

const usage = `Usage: npm run client:pack [-- --out DIR] [--json]

Writes the typed client as an npm package for programs of other repositories:
weir-client-<version>.tgz with one ES module, one file of types and its guide.

  --out DIR    where to (dist-client)
  --json       what was written, as JSON

The package includes the limits LIMIT_URL_LENGTH and LIMIT_BATCH_LENGTH of this environment.`;

await runPackCommand({
  usage,
  folder: "dist-client",
  takesNames: false,
  pack: async (folder) => [
    await packClient(folder, { urlLength: env.LIMIT_URL_LENGTH, batchLength: env.LIMIT_BATCH_LENGTH }),
  ],
});
