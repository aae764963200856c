import { runPackCommand } from "./command";
import { packPackages } from "./pack-packages";

const usage = `Usage: npm run pack [-- [--out DIR] [--json] [package…]]

Writes the engines of packages/ as npm packages for other applications: all of them, or those
that are named (cache, postgres, …). One tarball each, with ES modules, declarations and README.
docs/packages.md shows how to use them.

  --out DIR    where to (dist-packages)
  --json       what was written, as JSON

Progress goes to stderr.`;

await runPackCommand({
  usage,
  folder: "dist-packages",
  takesNames: true,
  pack: (folder, wanted, onProgress) => packPackages(folder, { wanted, onProgress }),
});
