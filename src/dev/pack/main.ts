import { relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { env } from "@/env.js";
import { packClient } from "./pack-client";
import { PackError } from "./pack-error";
import { repository } from "./program";

const usage = `Usage: npm run client:pack [-- --out DIR] [--json]

Writes the typed client as an npm package for programs of other repositories:
weir-client-<version>.tgz with one ES module, one file of types and its guide.

  --out DIR    where to (dist-client)
  --json       what was written, as JSON

It is told the limits LIMIT_URL_LENGTH and LIMIT_BATCH_LENGTH of this environment.`;

function readArguments(): { out: string; json: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        help: { type: "boolean", short: "h" },
        out: { type: "string", default: "dist-client" },
        json: { type: "boolean", default: false },
      },
    });
    if (values.help !== true) return values;
    console.log(usage);
    process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

const kilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;

const { out, json } = readArguments();
try {
  const limits = { urlLength: env.LIMIT_URL_LENGTH, batchLength: env.LIMIT_BATCH_LENGTH };
  const packed = await packClient(resolve(out), limits);
  if (json) console.log(JSON.stringify(packed, null, 2));
  else {
    console.log(`${relative(repository, packed.file)}  ${kilobytes(packed.sizeBytes)}`);
    for (const [name, bytes] of Object.entries(packed.files)) console.log(`  ${name.padEnd(14)}${kilobytes(bytes)}`);
    console.log(`npm install ${packed.file}`);
  }
} catch (error) {
  // What the client cannot carry is said in one line; anything else shows where it came from.
  console.error(error instanceof PackError ? error.message : error);
  process.exitCode = 1;
}
