import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { openBundles } from "./bundles";
import { runProgram } from "@weir/embedded/processes";

test("a program is bundled with its imports, and a plant takes the place of one of them", async () => {
  const folder = mkdtempSync(join(tmpdir(), "weir-bundles-"));
  const urlOf = (name: string): URL => pathToFileURL(join(folder, name));
  writeFileSync(urlOf("program.ts"), 'import { word } from "./word";\nconsole.log(word as string);\n');
  writeFileSync(urlOf("word.ts"), 'export const word: string = "own";\n');
  writeFileSync(urlOf("planted.ts"), 'export const word: string = "planted";\n');
  const bundles = openBundles();
  try {
    const own = await bundles.add(urlOf("program.ts"));
    const importer = /\/program\.ts$/u;
    const planted = await bundles.add(urlOf("program.ts"), {
      importer,
      specifier: "./word",
      replacement: urlOf("planted.ts"),
    });
    const outputs = await Promise.all([own, planted].map((file) => runProgram(process.execPath, [file])));
    expect(outputs.map(({ output }) => output.trim())).toEqual(["own", "planted"]);
    bundles.remove();
    expect(existsSync(own)).toBe(false);
  } finally {
    bundles.remove();
    rmSync(folder, { recursive: true, force: true });
  }
});
