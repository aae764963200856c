import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { PackError } from "./pack-error";

/** The working directory: the repository. */
export const repository = resolve(import.meta.dirname, "../../..");
export const clientEntry = join(repository, "src/client.ts");
const routerFile = join(repository, "src/server/rpc/root.ts");
const errorCodesFile = join(repository, "src/server/rpc/error-codes.ts");

/** The router and everything its types consist of. Throws when the configuration is damaged. */
export function openProgram(): ts.Program {
  const file = join(repository, "tsconfig.json");
  const { config, error } = ts.readConfigFile(file, (path) => ts.sys.readFile(path));
  if (error !== undefined) throw new PackError(ts.flattenDiagnosticMessageText(error.messageText, "\n"));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(file));
  return ts.createProgram([routerFile, errorCodesFile], { ...options, incremental: false, tsBuildInfoFile: undefined });
}

function exportsOf(program: ts.Program, file: string): ts.Symbol[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const symbol = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  return symbol === undefined ? [] : checker.getExportsOfModule(symbol);
}

/** The type of the router. Throws when the router's file does not export it. */
export function findRouter(program: ts.Program): ts.Type {
  const symbol = exportsOf(program, routerFile).find(({ name }) => name === "AppRouter");
  if (symbol === undefined) throw new PackError(`${routerFile} exports no type AppRouter.`);
  return program.getTypeChecker().getDeclaredTypeOfSymbol(symbol);
}

export type NamedType = { name: string; type: ts.Type; doc: string };

/** Modules whose types are printed by their names: the contracts, and the union of all error codes. */
const namingFiles =
  /^src\/(?:(?:admin|features|server)\/(?:.*[/-])?contract(?:\/[^/]+)?|server\/rpc\/error-codes)\.ts$/;

/** Types with a name: the exports of the contracts and the union of error codes. */
export function findNamedTypes(program: ts.Program): NamedType[] {
  const checker = program.getTypeChecker();
  const files = program.getSourceFiles().filter(({ fileName }) => {
    const path = fileName.slice(repository.length + 1);
    return fileName.startsWith(repository) && namingFiles.test(path);
  });
  return (
    files
      .flatMap(({ fileName }) => exportsOf(program, fileName))
      // Re-exports of a contract have its name too.
      .map((symbol) => ((symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol)))
      .filter((symbol) => (symbol.flags & (ts.SymbolFlags.TypeAlias | ts.SymbolFlags.Interface)) !== 0)
      .map((symbol) => ({
        name: symbol.name,
        type: checker.getDeclaredTypeOfSymbol(symbol),
        doc: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
      }))
      .filter(({ type }) => isWorthAName(type))
  );
}

/** A name for `string` would hide the type, and generic types cannot be written alone. */
function isWorthAName(type: ts.Type): boolean {
  const structured = ts.TypeFlags.Object | ts.TypeFlags.Union | ts.TypeFlags.Intersection;
  return (type.flags & structured) !== 0 && (type.aliasTypeArguments ?? []).length === 0;
}
