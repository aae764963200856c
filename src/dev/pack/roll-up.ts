import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";
import ts from "typescript";

export type RollUpOptions = {
  /** The modules to roll up, by the names of their declarations without the ending. */
  input: Readonly<Record<string, string>>;
  /** npm packages whose declarations are included; those of others are imported. */
  include?: readonly string[];
  /** Files in place of modules, by the names that they are imported under (`paths` of the compiler). */
  paths?: Readonly<Record<string, string[]>>;
  /** The folder of declarations that several entries share. */
  sharedFolder: (modules: readonly string[]) => string;
  /** Called with each warning. */
  warn: (line: string) => void;
};

/**
 * Returns the declarations of TypeScript modules, including what they import by relative paths: one file for each module, and
 * others for what several modules share, by file name.
 */
export async function rollUpTypes(options: RollUpOptions): Promise<Map<string, string>> {
  const { include = [], paths, sharedFolder, warn } = options;
  const isWithin = (id: string): boolean =>
    /^[./]/.test(id) || (paths !== undefined && id in paths) || include.some((name) => id.startsWith(name));
  const bundle = await rollup({
    input: { ...options.input },
    external: (id) => !isWithin(id),
    onwarn: ({ message }) => warn(message),
    plugins: [
      // The rest is in tsconfig.json; the plugin resolves modules with these options only.
      dts({
        includeExternal: [...include],
        compilerOptions: {
          module: ts.ModuleKind.Preserve,
          moduleResolution: ts.ModuleResolutionKind.Bundler,
          ...(paths === undefined ? {} : { paths: { ...paths } }),
        },
      }),
    ],
  });
  try {
    const { output } = await bundle.generate({
      format: "es",
      entryFileNames: "[name].d.ts",
      chunkFileNames: ({ moduleIds }) => `${sharedFolder(moduleIds)}shared-[hash].d.ts`,
    });
    return new Map(output.map((file) => [file.fileName, file.type === "chunk" ? withDoubleQuotes(file.code) : ""]));
  } finally {
    await bundle.close();
  }
}

/** Rollup writes the names of modules in single quotes. */
const withDoubleQuotes = (code: string): string =>
  code.replaceAll(
    /^((?:import|export)\b.*?)'([^'"]+)';$/gm,
    (_line, before: string, name: string) => `${before}"${name}";`,
  );
