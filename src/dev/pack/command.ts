import { basename, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { PackError } from "./pack-error";
import { repository } from "./program";
import type { Packed } from "./tarball";

export type PackCommand = {
  usage: string;
  /** The folder to write to when `--out` is absent. */
  folder: string;
  /** Whether the command accepts names. */
  takesNames: boolean;
  pack: (folder: string, names: readonly string[], onProgress: (line: string) => void) => Promise<readonly Packed[]>;
};

function readArguments({ usage, folder, takesNames }: PackCommand): { out: string; json: boolean; names: string[] } {
  try {
    const { values, positionals: names } = parseArgs({
      allowPositionals: takesNames,
      options: {
        help: { type: "boolean", short: "h" },
        out: { type: "string", default: folder },
        json: { type: "boolean", default: false },
      },
    });
    if (values.help !== true) return { ...values, names };
    console.log(usage);
    process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

const kilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;

function describe({ file, sizeBytes, files }: Packed): string {
  const width = Math.max(...Object.keys(files).map((name) => name.length)) + 2;
  const lines = Object.entries(files).map(([name, bytes]) => `  ${name.padEnd(width)}${kilobytes(bytes)}`);
  return [`${relative(repository, file)}  ${kilobytes(sizeBytes)}`, ...lines].join("\n");
}

/** Runs a command that writes tarballs: reads its arguments, prints what it wrote, and sets the exit code. */
export async function runPackCommand(command: PackCommand): Promise<void> {
  const { out, json, names } = readArguments(command);
  try {
    // stdout contains the result only.
    const packed = await command.pack(resolve(out), names, (line) => console.error(line));
    if (json) console.log(JSON.stringify(packed, null, 2));
    else {
      console.log(packed.map(describe).join("\n"));
      console.log(
        packed.length === 1
          ? `npm install ${packed[0]?.file}`
          : `npm install ${packed.map(({ file }) => `${relative(process.cwd(), resolve(out))}/${basename(file)}`).join(" ")}`,
      );
    }
  } catch (error) {
    // A PackError is one line; any other error includes its stack.
    console.error(error instanceof PackError ? error.message : error);
    process.exitCode = 1;
  }
}
